// Proxies, and what they say to CONNECT.
import { proxyBasic, proxyPassword } from '../secrets.mjs';
import { answer, drip, end, every, flood, head, ok, reset, silence } from '../wire.mjs';

const ESTABLISHED = head('200 Connection Established');
const established = (next) => (_, socket) => socket.write(ESTABLISHED, () => next(socket));
const endless = (first, unit) => ({
  isFlood: true,
  reply: (_, socket) => {
    socket.write(first);
    flood(socket, unit);
  },
});

export const proxies = {
  silence: silence,
  'a close': (_, socket) => end(socket),
  'a reset': (_, socket) => reset(socket),
  407: answer(
    '407 Proxy Authentication Required',
    '',
    'proxy-authenticate: Basic realm="proxy"\r\n',
  ),
  '407 with the own password': answer(
    `407 ${proxyPassword} ${proxyBasic}`,
    `<title>${proxyPassword} ${proxyBasic}</title>`,
    `proxy-authenticate: Basic realm="${proxyPassword}"\r\nlocation: http://${proxyPassword}/\r\n`,
  ),
  '407 with 1 MiB': answer('407 Proxy Authentication Required', 'no '.repeat(350_000)),
  '502 in HTML': answer('502 Bad Gateway', '<html><title>\x1b[31mBad Gateway</title>'),
  'a redirect': answer('302 Found', '', `location: http://other.test/${proxyBasic}\r\n`),
  'a byte a second': (_, socket) => drip(socket, ESTABLISHED),
  'an interim answer now and then': (_, socket) =>
    every(socket, 300, () => socket.write(head('100 Continue'))),
  'headers without a pause': endless('HTTP/1.1 200 OK\r\n', 'x-header: 1\r\n'),
  'interim answers without a pause': endless('', head('100 Continue')),
  'a reason without end': endless('HTTP/1.1 200 ', 'x'),
  'no HTTP': 'SSH-2.0-OpenSSH_9.2\r\n',
  'a tunnel to silence': established(silence),
  'a tunnel to a close': established(end),
  'a tunnel to noise': established((socket) => socket.write(Buffer.alloc(4096, 7))),
  'a tunnel to plain http': established((socket) => socket.write(ok('{}'))),
  'a tunnel to noise without a pause': endless(ESTABLISHED, Buffer.alloc(4096, 7)),
};
