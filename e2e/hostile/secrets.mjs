// What no error may repeat, and how to tell that one does.

export const clientId = '11111111-2222-3333-4444-555555555555';
export const clientSecret = 'secret-k3v9x1m7q5w2z8r4t6y0p1b3n5';
export const accessToken = 'access-h7d2c9f4j6l1s8a3g5u0e2i4o6-token';
export const postgresToken = 'postgres-r5n8b1y4w7t0q3m6k9x2v5z8-token';
export const proxyPassword = 'proxy-g4f7d1s9a2p6o3i8u5y0t1r4e7';

/** As HTTP Basic presents them. */
export const basic = base64(`${clientId}:${clientSecret}`);
export const proxyBasic = base64(`user:${proxyPassword}`);

/** What is secret of them: not what spells the user's name. */
const all = [
  clientSecret,
  accessToken,
  postgresToken,
  proxyPassword,
  basic.slice(48),
  proxyBasic.slice(8),
];

/** The spellings in which a server may repeat a secret, by their names. */
export const spellings = {
  'as it is': (secret) => secret,
  'in capitals': (secret) => secret.toUpperCase(),
  'in hexadecimal': (secret) => Buffer.from(secret).toString('hex'),
  'in base64': base64,
  'with every letter percent-encoded': (secret) =>
    Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
  backwards: (secret) => [...secret].reverse().join(''),
  'without its first letter': (secret) => secret.slice(1),
  'without its last letter': (secret) => secret.slice(0, -1),
  'cut after 12 letters': (secret) => secret.slice(0, PIECE),
  'with blanks between its letters': (secret) => [...secret].join(' '),
  'with a hyphen amid': (secret) => `${secret.slice(0, 14)}-${secret.slice(14)}`,
};

/** What `text` repeats of a secret: a piece of twelve letters, whatever their case and spacing. */
export function repeated(text) {
  const plain = normal(text);
  return all
    .flatMap(forms)
    .flatMap(pieces)
    .find((piece) => plain.includes(piece));
}

/** Letters of a secret that tell something about it. */
const PIECE = 12;

const forms = (secret) =>
  ['as it is', 'in hexadecimal', 'in base64', 'with every letter percent-encoded', 'backwards'].map(
    (name) => normal(spellings[name](secret)),
  );

const normal = (text) => text.toLowerCase().replace(/\s/g, '');

const pieces = (form) =>
  Array.from({ length: form.length - PIECE + 1 }, (_, at) => form.slice(at, at + PIECE));

function base64(text) {
  return Buffer.from(text).toString('base64');
}
