// What never ends, as fast as it is read or at the pace of a network.
import { CHUNKED, flood, good, head, ok } from '../wire.mjs';

const MEGA = 1_000_000;

/** Whatever is said first, and what then follows for ever. */
const kinds = {
  '100 Continue': ['', head('100 Continue')],
  '103 with 90 headers': [
    '',
    head('103 Early Hints', 'link: </style.css>; rel=preload\r\n'.repeat(90)),
  ],
  'empty lines': ['', '\r\n'],
  'a reason': ['HTTP/1.1 503 ', 'Busy '],
  headers: ['HTTP/1.1 200 OK\r\n', 'x-header: 1\r\n'],
  'one header': ['HTTP/1.1 200 OK\r\nx-header: ', 'x'],
  'zeros of a chunk size': [CHUNKED, '0'],
  'an extension of a chunk': [`${CHUNKED}1;`, 'x'],
  'chunks of one byte': [CHUNKED, '1\r\n \r\n'],
  trailers: [`${CHUNKED}0\r\n`, 'x-trailer: 1\r\n'],
  'a body': [head('200 OK'), ' '],
  'the body of a refusal': [head('503 Service Unavailable'), 'no '],
  'a body of 10^15 bytes': [head('200 OK', `content-length: 1${'0'.repeat(15)}\r\n`), '{'],
  noise: ['', Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 167 + 13) % 251))],
  answers: ['', ok('{}')],
};

const paces = {
  'without a pause': [undefined, Object.keys(kinds)],
  'at 130 MB/s': [
    130 * MEGA,
    ['100 Continue', '103 with 90 headers', 'zeros of a chunk size', 'a body'],
  ],
  'at 20 MB/s': [20 * MEGA, ['100 Continue', '103 with 90 headers', 'zeros of a chunk size']],
};

export const floods = Object.fromEntries(
  Object.entries(paces).flatMap(([pace, [bytesPerSecond, names]]) =>
    names.map((name) => [`${name}, ${pace}`, flooded(...kinds[name], bytesPerSecond)]),
  ),
);

floods['answers after a good one, without a pause'] = {
  only: 'accessToken',
  isFlood: true,
  reply: ({ step }, socket) => {
    socket.write(good(step));
    flood(socket, ok('{}'));
  },
};

function flooded(first, unit, bytesPerSecond) {
  const reply = (_, socket) => {
    socket.write(first);
    flood(socket, unit, bytesPerSecond);
  };
  return { isFlood: true, reply };
}
