// TLS servers: those that never get as far as a handshake, and those that misbehave after one.
import { pem, serverKeys } from '../../../support/tls/keys.js';
import { drip, end, every, flood, good, granted, head, ok, reset, silence } from '../wire.mjs';

const VERSION = { '1.0': [3, 1], 1.2: [3, 3] };
const ALERT = 21;
const HANDSHAKE = 22;
const CHANGE_CIPHER_SPEC = 20;
const APPLICATION_DATA = 23;

function record(type, bytes, length = bytes.length, version = VERSION['1.2']) {
  return Buffer.from([type, ...version, length >> 8, length & 255, ...bytes]);
}

const RANDOM = Array(32).fill(7);
/** The random that makes a hello a HelloRetryRequest (RFC 8446 §4.1.3). */
const RETRY = [
  ...Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex'),
];

/** A ServerHello that chooses TLS_AES_128_GCM_SHA256, or an old suite, without extensions. */
function serverHello(version, random = RANDOM, suite = [0x13, 0x01], extensions = []) {
  const rest = [...version, ...random, 0, ...suite, 0, 0, extensions.length, ...extensions];
  return record(HANDSHAKE, [2, 0, 0, rest.length, ...rest], undefined, version);
}

const retry = serverHello(
  VERSION['1.2'],
  RETRY,
  [0x13, 0x01],
  [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 23],
);

/** To the ClientHello it answers with these bytes, or does that. */
const hello = (said) => ({
  hello: typeof said === 'function' ? said : (socket) => socket.write(said),
});
const endless = (unit, bytesPerSecond) => ({
  ...hello((socket) => flood(socket, unit, bytesPerSecond)),
  isFlood: true,
});
/** After a handshake with that certificate. */
const secured = (reply, options = {}) => ({
  secure: { ...serverKeys, ...options },
  reply,
});
const certified = (cert) => secured(({ step }) => good(step), { cert });

export const tls = {
  silence: hello(silence),
  'a close': hello(end),
  'a reset': hello(reset),
  'plain http': hello(ok('{}')),
  'a hello of a byte a second': hello((socket) => drip(socket, serverHello(VERSION['1.2']))),
  'a hello, and then silence': hello(serverHello(VERSION['1.2'])),
  'a hello of TLS 1.0': hello(serverHello(VERSION['1.0'], RANDOM, [0, 0x2f])),
  'a retry, and then silence': hello(retry),
  'retries without a pause': endless(retry),
  'a fatal alert': hello(record(ALERT, [2, 40])),
  'warnings without a pause': endless(record(ALERT, [1, 90])),
  'changes of cipher without a pause': endless(record(CHANGE_CIPHER_SPEC, [1])),
  'empty records without a pause': endless(record(HANDSHAKE, [])),
  'a message of 16 MiB': endless(record(HANDSHAKE, [11, 255, 255, 255, ...Array(12_000).fill(0)])),
  'a record that is too long': hello(record(HANDSHAKE, Array(0xffff).fill(0))),
  'application data without a handshake': hello(record(APPLICATION_DATA, Array(100).fill(0))),
  'noise without a pause': endless(
    Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 167 + 13) % 251)),
  ),
  'an expired certificate': certified(pem('expired.pem')),
  'a certificate for another host': certified(pem('other-host.pem')),
  'a certificate of its own': certified(pem('self-signed.pem')),
  'a chain of 100 certificates': certified(pem('server.pem') + pem('ca.pem').repeat(100)),
  'a chain of 20,000 certificates': {
    ...certified(pem('server.pem') + pem('ca.pem').repeat(20_000)),
    isFlood: true,
  },
  'a certificate that it asks for': secured(({ step }) => good(step), {
    requestCert: true,
    rejectUnauthorized: true,
  }),
  'silence after the handshake': secured(silence),
  'an answer before the request': {
    ...secured(silence),
    connect: (socket) => socket.write(good('accessToken')),
  },
  'a close after the handshake': { ...secured(silence), connect: end },
  'an end without notice amid the body': secured((_, socket) => {
    socket.write(head('200 OK') + granted('accessToken').slice(0, 40), () => reset(socket));
  }),
  'a byte a second after the handshake': secured(({ step }, socket) => drip(socket, good(step))),
  'a record now and then': secured((_, socket) => every(socket, 300, () => socket.write('\r\n'))),
  'a body without a pause': {
    ...secured((_, socket) => {
      socket.write(head('200 OK'));
      flood(socket, ' ');
    }),
    isFlood: true,
  },
};
