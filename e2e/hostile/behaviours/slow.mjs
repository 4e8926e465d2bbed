// Servers that take their time, break off, or do not keep to one answer for one request.
import {
  after,
  answer,
  CHUNKED,
  drip,
  end,
  every,
  good,
  granted,
  head,
  ok,
  reset,
  silence,
} from '../wire.mjs';

/** Says the first `count` bytes of a good answer, then does that. */
const part =
  (count, next) =>
  ({ step }, socket) =>
    after(good(step).subarray(0, count), next)(socket);

const STATUS_LINE = 17;
const HEADERS = 30;
const BODY = 60;

export const slow = {
  silence: silence,
  'silence amid the status line': part(8, silence),
  'silence after the status line': part(STATUS_LINE, silence),
  'silence amid the headers': part(HEADERS, silence),
  'silence amid the body': part(BODY, silence),
  'a byte a second': ({ step }, socket) => drip(socket, good(step)),
  'a byte of the headers a second': ({ step }, socket) =>
    after(good(step).subarray(0, STATUS_LINE), () =>
      drip(socket, good(step).subarray(STATUS_LINE)),
    )(socket),
  'a byte of the body a second': ({ step }, socket) =>
    after(head('200 OK', 'content-length: 100\r\n'), () => drip(socket, granted(step)))(socket),
  'white space for ever': (_, socket) =>
    after(CHUNKED, () => every(socket, 300, () => socket.write('1\r\n \r\n')))(socket),
  'an interim answer now and then': (_, socket) =>
    every(socket, 300, () => socket.write(head('103 Early Hints'))),
  'a header now and then': (_, socket) =>
    after('HTTP/1.1 200 OK\r\n', () => every(socket, 300, () => socket.write('x-header: 1\r\n')))(
      socket,
    ),
  'a close': (_, socket) => end(socket),
  'a close after the status line': part(STATUS_LINE, end),
  'a close amid the body': part(BODY, end),
  'a close amid chunks': (_, socket) => socket.end(`${CHUNKED}5\r\n{"acc`),
  'a reset': (_, socket) => reset(socket),
  'a reset after the status line': part(STATUS_LINE, reset),
  'a reset amid the body': part(BODY, reset),
  'an end, and then silence': (_, socket) => socket.end(head('200 OK', 'content-length: 100\r\n')),
  'a refusal for ever': answer('401 Unauthorized', '{"error":"invalid_client"}'),
  'two answers': ({ step }) => Buffer.concat([good(step), answer('403 Forbidden', '{}')]),
  'an answer, and later others': ({ step }, socket) => {
    socket.write(good(step));
    every(socket, 50, () => socket.write(answer('404 Not Found', '{}')));
  },
  'a connection that it says it keeps': ({ step }, socket) =>
    socket.end(ok(granted(step), 'connection: keep-alive\r\n')),
  'a connection that it says it closes': ({ step }) => ok(granted(step), 'connection: close\r\n'),
  'a refusal as the connection opens': {
    connect: (socket) => socket.write(answer('404 Not Found', '{}')),
    reply: silence,
  },
  'a close as the connection opens': { connect: end, only: 'accessToken' },
  'a reset as the connection opens': { connect: reset, only: 'accessToken' },
};
