// Answers that are framed well and hold anything.
import { accessToken, basic, clientSecret, spellings } from '../secrets.mjs';
import { answer, chunks, granted, head, ok } from '../wire.mjs';

const MEBI = 1024 * 1024;

const token =
  (text) =>
  ({ step }) =>
    ok(granted(step, text));
const expiry =
  (json) =>
  ({ step }) =>
    ok(granted(step, undefined, json));
const changed =
  (from, to) =>
  ({ step }) =>
    ok(granted(step).replace(from, to));
const refusal = (fields, status = '404 Not Found') => answer(status, JSON.stringify(fields));

export const bodies = {
  'no body': ok(''),
  'white space': () => ok(' '.repeat(MEBI)),
  'more than 1 MiB': () => ok('x'.repeat(2 * MEBI)),
  'a mark of byte order': ({ step }) => ok(`\ufeff${granted(step)}`),
  'UTF-16': ({ step }) => ok(Buffer.from(granted(step), 'utf16le')),
  'bytes that are no UTF-8': ({ step }) => ok(Buffer.from(granted(step, '\xff\xfe'), 'latin1')),
  'half a surrogate': ({ step }) => ok(granted(step).replace('-token"', '\\ud800"')),
  'a list of its values': ok('["token-1-of-a-list","2099-01-01T00:00:00Z"]'),
  'a string': ok('"token-1"'),
  null: ok('null'),
  NaN: expiry('NaN'),
  'every member twice': ({ step }) =>
    ok(granted(step).replace('{', `{${granted(step).slice(1, -1)},`)),
  '100,000 lists in each other': () => ok('['.repeat(100_000)),
  '100,000 objects in each other': () => ok('{"token":'.repeat(100_000)),
  '500,000 numbers': () => ok(`[${'1,'.repeat(499_999)}1]`),
  'an exponent of a million digits': expiry(`1e${'9'.repeat(1_000_000)}`),
  'a mebibyte of escapes': () => ok(`{"message":"${'\\u0041'.repeat(170_000)}"}`),
  'an empty token': token(''),
  'a token of 1 MiB': token('t'.repeat(MEBI - 200)),
  'a token of 60 KB': token('t'.repeat(60_000)),
  'a token with line breaks': token('a\r\nhost: other.test\r\n\r\nb'),
  'a token with terminal escapes': token('\x1b[31mtoken-1\x07'),
  'a token that is an object': changed(/"[^"]*-token"/, '{"token":"token-1"}'),
  'an expiry that is past': ({ step }) =>
    expiry(step === 'accessToken' ? '-1' : '"2001-01-01T00:00:00Z"')({ step }),
  'an expiry in year 9999': ({ step }) =>
    expiry(step === 'accessToken' ? '1e300' : '"9999-12-31T23:59:59Z"')({ step }),
  'an expiry without a zone': expiry('"2099-01-01T00:00:00"'),
  'an expiry that is a number': ({ step }) =>
    expiry(step === 'accessToken' ? '"soon"' : '4070908800')({ step }),
  'an expiry on February 30': expiry('"2099-02-30T00:00:00Z"'),
  'a message of terminal escapes': refusal({
    error_code: '\x1b]0;x\x07',
    message: '\x1b[2J\u009b31m\u202e\u2028Gone',
  }),
  'a message of 1 MiB': () => refusal({ message: 'no '.repeat(MEBI / 3 - 100) }),
  'a word of 1 MiB': () => refusal({ error_code: 'NO'.repeat(MEBI / 2 - 100) }),
  'a request id of 1 MiB': () =>
    refusal({ details: [{ request_id: 'id '.repeat(MEBI / 3 - 100) }] }),
  'a message that is an object': refusal({ error_code: ['A'], message: { a: 'b' } }),
  '50,000 details': () => refusal({ details: Array(50_000).fill({ a: 1 }) }),
  'a pause of 10^308 s': refusal(
    { details: [{ retry_delay: `1${'0'.repeat(308)}s` }] },
    '503 Service Unavailable',
  ),
  'a title of 1 MiB': () =>
    answer('502 Bad Gateway', `<html><title>${'Bad '.repeat(MEBI / 4 - 100)}</title>`),
  '100,000 titles': () => answer('502 Bad Gateway', '<title>'.repeat(100_000)),
  'a mebibyte of the own authorization': ({ authorization }) =>
    refusal({
      message: `${authorization} `.repeat(Math.floor(MEBI / (authorization.length + 1)) - 1),
    }),
  'a message in chunks of one byte': () =>
    `${head('404 Not Found', 'transfer-encoding: chunked\r\n')}${chunks(JSON.stringify({ message: `bad ${clientSecret}` }), 1)}0\r\n\r\n`,
  ...bombs('404 Not Found'),
  ...bombs('503 Service Unavailable'),
  ...echoes(),
};

/** An access token whose every letter stands in what replaces it, and a mebibyte of it. */
function bombs(status) {
  const bomb = (letter, length) => ({
    only: 'postgresToken',
    first: ok(granted('accessToken', letter)),
    reply: () => answer(status, JSON.stringify({ message: `${letter} `.repeat(length) })),
  });
  return {
    [`the access token "e", and then ${status} with a mebibyte of it`]: bomb('e', 520_000),
    [`the access token "[redacted]", and then ${status} with as much of it`]: bomb(
      '[redacted]',
      90_000,
    ),
  };
}

/** The secrets of the request, which are two or three, in every spelling. */
function echoes() {
  return Object.fromEntries(
    Object.entries(spellings).map(([name, spelled]) => [
      `the secrets ${name}`,
      ({ step }) => {
        const known =
          step === 'accessToken' ? [clientSecret, basic] : [clientSecret, basic, accessToken];
        const secrets = known.map(spelled);
        const fields = { error_code: secrets[0], message: secrets.join(' and ') };
        return refusal({ ...fields, details: [{ request_id: secrets.at(-1) }] });
      },
    ]),
  );
}
