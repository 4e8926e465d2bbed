import { gzipSync } from 'node:zlib';
import { type Fault, faults, startWorkspaceEmulator } from 'lakebase-token/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from './support/programs';
import { ok, type Reply, type Step, startRawServer } from './support/raw_server';
import { inQuietWorker, type Told, tell } from './support/workers';

/** `token`, or the end of an error's code. Several where neither the RFCs nor the wire decide. */
type End = 'token' | keyof typeof RETRYABLE;

interface Row {
  name: string;
  step: Step;
  /** What the emulator does, or a server that answers in bytes. */
  fault: Fault | Fault[] | { raw: Reply; times: number };
  ends: End | End[];
  /** The token that the answer itself holds. By default the one the workspace issues. */
  token?: string;
  /** How many requests of the step are made. By default not more than one. */
  requests?: number;
}

const RETRYABLE = {
  UNAUTHENTICATED: false,
  FORBIDDEN: false,
  NOT_FOUND: false,
  PROTOCOL: false,
  RATE_LIMITED: true,
  UNAVAILABLE: true,
  TIMEOUT: true,
};

const ALWAYS = Number.POSITIVE_INFINITY;
const MIB = 1024 * 1024;
const STEPS: readonly Step[] = ['accessToken', 'postgresToken'];
const CANARY = 'canary';
const EITHER: End[] = ['token', 'PROTOCOL'];
const BROKEN: End[] = ['UNAVAILABLE', 'PROTOCOL', 'TIMEOUT'];

/** Usable answers to either step, as objects to be spoiled. */
const usable = {
  accessToken: { access_token: 'access-token-1-good', token_type: 'Bearer', expires_in: 3600 },
  postgresToken: { token: 'postgres-token-1-good', expire_time: '2099-12-31T00:00:00Z' },
};
const TOKEN = usable.postgresToken.token;

const usableText = {
  accessToken: JSON.stringify(usable.accessToken),
  postgresToken: JSON.stringify(usable.postgresToken),
};

const FIELD = { accessToken: 'access_token', postgresToken: 'token' } as const;

// Which body, status or header means what is in `src/source/tests/bad_answers.rs`. Here stand some of
// each class, to be met by JavaScript, and all the ways in which an answer is delivered.

// Answers with success whose body is not what was asked for.

/** By name, a body made of a usable one, and how that ends. */
const bodies: [string, (text: string, step: Step) => Fault['body'], Row['ends']][] = [
  ['nothing', () => '', 'PROTOCOL'],
  ['a string', () => `"access-token-1-${CANARY}"`, 'PROTOCOL'],
  ['the object in a list', (text) => `[${text}]`, 'PROTOCOL'],
  ['half of it', (text) => text.slice(0, text.length / 2), 'PROTOCOL'],
  ['it and some words', (text) => `${text} ${CANARY}`, 'PROTOCOL'],
  ['noise', () => Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197) % 256)), 'PROTOCOL'],
  ['a byte order mark before it', (text) => `\ufeff${text}`, 'token'],
  ['gzip that nobody asked for', (text) => gzipSync(text), 'PROTOCOL'],
  ['a token that is no UTF-8', (text) => spoiled(text, '1-good', 0xc3), 'PROTOCOL'],
  ['a token with half a surrogate pair', (text) => text.replace('1-good', '\\ud800'), 'PROTOCOL'],
  ['a list 500 000 levels deep that never ends', () => '['.repeat(500_000), 'PROTOCOL'],
  ['a token 10 000 levels deep', (_, step) => `{"${FIELD[step]}":${nested(10_000)}}`, 'PROTOCOL'],
  ['the token twice', (text, step) => withField(text, `"${FIELD[step]}":"${CANARY}"`), 'PROTOCOL'],
  ['unknown fields', (text) => withField(text, `"scope":["a"],"x":{"${CANARY}":null}`), 'token'],
  ['exactly 1 MiB', (text) => text.padEnd(MIB), 'token'],
  ['a byte more than 1 MiB', (text) => text.padEnd(MIB + 1), 'PROTOCOL'],
  ['1 MiB of one token', (text) => text.replace('1-good', 'x'.repeat(MIB)), 'PROTOCOL'],
  ['a login page', () => faults.loginPage.body, 'PROTOCOL'],
  ['an error with success', () => ({ error_code: 'NOT_FOUND', message: CANARY }), 'PROTOCOL'],
];

function spoiled(text: string, part: string, ...bytes: number[]) {
  const [before = '', after = ''] = text.split(part);
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
}

function withField(text: string, field: string) {
  return text.replace('{', `{${field},`);
}

function nested(levels: number) {
  return '['.repeat(levels) + ']'.repeat(levels);
}

/** JSON as it stands in the answer, by the field it stands in. `undefined`: the field is missing. */
const fields: [Step, string, (string | undefined)[], Row['ends']][] = [
  ...STEPS.map((step): (typeof fields)[number] => [
    step,
    FIELD[step],
    [undefined, '0', '""', `"${CANARY}\\r\\nX-Injected: 1"`, `"${CANARY}\\u0000"`, `"${CANARY}ö"`],
    'PROTOCOL',
  ]),
  ['accessToken', 'access_token', [`"${'x'.repeat(8000)}"`], 'token'],
  ['accessToken', 'token_type', [undefined, '"bearer"'], 'token'],
  ['accessToken', 'token_type', ['"mac"'], 'PROTOCOL'],
  ['accessToken', 'expires_in', ['"3600"', '1e300'], 'token'],
  ['accessToken', 'expires_in', [undefined, '0', '-1', '"soon"', '1e999'], 'PROTOCOL'],
  ['postgresToken', 'token', [`"${'x'.repeat(128 * 1024)}"`, '"!\'$%&;=@\\\\`{|}~"'], 'token'],
  ['postgresToken', 'token', [`"${'x'.repeat(128 * 1024 + 1)}"`], 'PROTOCOL'],
  [
    'postgresToken',
    'expire_time',
    ['"2099-12-31T00:00:00.123456789+01:00"', '"2098-12-31T23:59:60Z"'],
    'token',
  ],
  [
    'postgresToken',
    'expire_time',
    [undefined, '4102358400', `"2099-12-31T00:00:00Z ${CANARY}"`],
    'PROTOCOL',
  ],
  // Without an offset, and expired already.
  ['postgresToken', 'expire_time', ['"2099-12-31T00:00:00"', '"1970-01-01T00:00:00Z"'], 'PROTOCOL'],
];

/** Milliseconds from the answer to the expiry, and the offset in hours in which it is written. */
const expiries: [number, number, Row['ends']][] = [
  [10_000, 0, 'token'],
  [3_600_000, 5.5, 'token'],
  [3_600_000, -12, 'token'],
  [0, 0, 'PROTOCOL'],
  [-60_000, 14, 'PROTOCOL'],
  [-3_600_000, -12, 'PROTOCOL'],
];

function rowsOfExpiries(): Row[] {
  return expiries.map(([ms, hours, ends]): Row => {
    const body = () => ({ token: TOKEN, expire_time: written(Date.now() + ms, hours) });
    const name = `an expiry in ${ms} ms, written ${hours} hours off`;
    return { name, step: 'postgresToken', fault: { body, times: ALWAYS }, ends, token: TOKEN };
  });
}

function written(moment: number, hours: number): string {
  const local = new Date(moment + hours * 3_600_000).toISOString().slice(0, -1);
  const [hh, mm] = [Math.floor(Math.abs(hours)), (Math.abs(hours) % 1) * 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return `${local}${hours < 0 ? '-' : '+'}${two(hh)}:${two(mm)}`;
}

function rowsOfBodies(): Row[] {
  const whole = bodies.flatMap(([name, make, ends]) =>
    STEPS.map((step): Row => {
      const body = make(usableText[step], step);
      return {
        name: `${name} for a body`,
        step,
        fault: { body, times: ALWAYS },
        ends,
        token: TOKEN,
      };
    }),
  );
  const single = fields.flatMap(([step, field, values, ends]) =>
    values.map((value): Row => {
      const others = Object.entries(usable[step]).filter(([name]) => name !== field);
      const rest = JSON.stringify(Object.fromEntries(others));
      const body = value === undefined ? rest : withField(rest, `"${field}":${value}`);
      const shown = value === undefined ? 'missing' : shortened(value);
      const token = field === 'token' && ends === 'token' ? JSON.parse(value ?? '') : TOKEN;
      return { name: `${field} ${shown}`, step, fault: { body, times: ALWAYS }, ends, token };
    }),
  );
  return [...whole, ...single];
}

function shortened(text: string) {
  return text.length <= 60 ? text : `${text.slice(0, 20)}… (${text.length} characters)`;
}

// Statuses, headers and ways of delivery.

const statuses: [number[], Row['ends']][] = [
  [[401], 'UNAUTHENTICATED'],
  [[403], 'FORBIDDEN'],
  [[404], 'NOT_FOUND'],
  [[400, 407], 'PROTOCOL'],
  [[500, 599], 'UNAVAILABLE'],
  [[300, 302], 'PROTOCOL'],
];

function rowsOfStatuses(step: Step): Row[] {
  const refused = statuses.flatMap(([numbers, ends]) =>
    numbers.map((status): Row => {
      const requests = status === 401 && step === 'postgresToken' ? 2 : 1;
      return { name: `a bare ${status}`, step, fault: { status, times: ALWAYS }, ends, requests };
    }),
  );
  const repeated = [408, 429, 502, 503, 504].map(
    (status): Row => ({
      name: `a bare ${status}, once`,
      step,
      fault: { status },
      ends: 'token',
      requests: 2,
    }),
  );
  const redirects = [
    '/login.html?error=private-link-validation-error',
    `https://user:${CANARY}@elsewhere.test/login?next=${CANARY}#${CANARY}`,
    '/oidc/v1/token',
  ].map((location): Row => {
    const fault = { status: 307, headers: { location }, body: CANARY, times: ALWAYS };
    return { name: `a 307 to ${location}`, step, fault, ends: 'PROTOCOL' };
  });
  return [...refused, ...repeated, ...redirects];
}

/** Odd answers with a usable body, or with none of their own. */
const odd: [string, Fault, Row['ends'], number?][] = [
  ['the type text/html', { headers: { 'content-type': 'text/html' } }, 'token'],
  ['no type', { headers: { 'content-type': null } }, 'token'],
  ['gzip for a name and yet none', { headers: { 'content-encoding': 'gzip' } }, 'token'],
  ['no date', { headers: { date: null } }, 'token'],
  ['a date that is none', { headers: { date: CANARY } }, 'token'],
  ['a refresh', { headers: { refresh: `0; url=https://elsewhere.test/${CANARY}` } }, 'token'],
  ['a header of 100 KB', { headers: { 'x-large': CANARY.repeat(17_000) } }, 'token'],
  ['500 ms of patience', { delayMs: 500 }, 'token'],
  ['a byte every second', { delivery: 'drip' }, 'token', 2],
  ['no answer', { delivery: 'hang' }, 'token', 2],
  ['a closed connection', { delivery: 'close' }, 'token', 2],
  ['a reset connection', { delivery: 'reset' }, 'token', 2],
  ['a reset amid the body', { delivery: 'resetMidBody' }, 'token', 2],
  ['a byte less than announced', { delivery: 'truncate' }, 'token', 2],
  ['white space up to 1 MiB', { delivery: 'oversize', bytes: MIB }, 'token'],
  ['white space beyond 1 MiB', { delivery: 'oversize', bytes: MIB + 1, times: ALWAYS }, 'PROTOCOL'],
  ['10 MiB of white space', { delivery: 'oversize', times: ALWAYS }, 'PROTOCOL'],
  [
    '10 MiB of a refusal',
    { ...faults.permissionDenied, delivery: 'oversize', times: ALWAYS },
    ['FORBIDDEN', 'PROTOCOL'],
  ],
  ['a 204', { status: 204, times: ALWAYS }, 'PROTOCOL'],
  ['throttling in the words of OAuth', { ...faults.throttledOAuth }, 'token', 2],
  ['a gateway’s page', { ...faults.gatewayHtml }, 'token', 2],
  [
    'a client that is not authorized',
    { status: 400, body: { error: 'unauthorized_client' }, times: ALWAYS },
    'UNAUTHENTICATED',
  ],
];

function rowsOfOddities(step: Step): Row[] {
  const withBody = (name: string, fault: Fault): Row => {
    return {
      name,
      step,
      fault: { body: usable[step], times: ALWAYS, ...fault },
      ends: 'token',
      token: TOKEN,
    };
  };
  const rest = odd.map(([name, fault, ends, requests]): Row => {
    const twice = ends === 'UNAUTHENTICATED' && step === 'postgresToken' ? 2 : undefined;
    return { name, step, fault, ends, requests: requests ?? twice };
  });
  return [
    withBody('a 299 with a usable body', { status: 299 }),
    withBody('a byte every 5 ms', { delivery: 'drip', everyMs: 5 }),
    ...rest,
  ];
}

// Answers without success whose body is odd.

const PRIVATE = 'postgres-token-1-canary';

const errorBodies: [string, Fault['body']][] = [
  ['not JSON', `{"error_code":"X","message":"y","x":"${CANARY}`],
  ['a word of the wrong type', { error_code: { x: CANARY }, message: 'no' }],
  ['a word of 500 KB', { error_code: 'X'.repeat(500_000), message: 'no' }],
  [
    'a message of 1 MB in one word',
    { error_code: 'X', message: `${CANARY}${'x'.repeat(MIB - 100)}` },
  ],
  [
    'a request id of the wrong type',
    { error_code: 'X', message: 'no', details: [{ request_id: { x: CANARY } }] },
  ],
  [
    'a request id of 100 KB',
    { error_code: 'X', message: 'no', details: [{ request_id: 'x'.repeat(100_000) }] },
  ],
  [
    '10 000 details',
    { error_code: 'X', message: 'no', details: Array(10_000).fill({ '@type': CANARY }) },
  ],
  [
    'colours of a terminal',
    { error_code: 'X\u001b[2J', message: '\u001b[31m\u001b]0;title\u0007no\u009b2J' },
  ],
  [
    'lines of a log',
    { error_code: 'X\r\nY', message: 'no\r\n2025-01-01 INFO all is well\u2028\u2029\u0085' },
  ],
  [
    'letters that turn around',
    { error_code: 'X\u202e', message: 'no\u202eon\u2066x\u2069\u061c\u200f\u200e' },
  ],
  [
    'letters that hide',
    { error_code: 'X\u200b', message: 'n\u0000o\u00ad\u2060\ufeff\u180e\u{e0041}' },
  ],
  ['a page with a title', `<html><title>Sorry</title><body>${CANARY}</body></html>`],
  ['lines of plain text', `something happened\nto ${CANARY}`],
  ['plain text of more than 200 characters', `something happened to ${CANARY}`.repeat(8)],
  ['plain text with a token', 'something happened to dapi0canary'],
  ['UTF-16', Buffer.from(JSON.stringify({ error_code: 'X', message: CANARY }), 'utf16le')],
  ['gzip', gzipSync(JSON.stringify({ error_code: 'X', message: CANARY }))],
  [
    'a token of ours in a field',
    { error_code: 'X', message: 'no', token: PRIVATE, access_token: PRIVATE },
  ],
];

function rowsOfErrorBodies(step: Step): Row[] {
  return errorBodies.map(([name, body]): Row => {
    const fault = { status: 403, body, times: ALWAYS };
    return { name: `a 403 with a body: ${name}`, step, fault, ends: 'FORBIDDEN' };
  });
}

/** What a `Retry-After` or a `retry_delay` says, and whether the request is made again. */
const delays: [string, Fault, boolean][] = [
  ['Retry-After: 1', { headers: { 'retry-after': '1' } }, true],
  ['Retry-After: soon', { headers: { 'retry-after': 'soon' } }, true],
  ['Retry-After: 31536000', { headers: { 'retry-after': '31536000' } }, false],
  ['a Retry-After of 2099', { headers: { 'retry-after': 'Thu, 31 Dec 2099 00:00:00 GMT' } }, false],
  ['retry_delay NaNs', retryDelay('NaNs'), true],
  ['retry_delay 86400s', retryDelay('86400s'), false],
];

function retryDelay(delay: unknown): Fault {
  return {
    body: { error_code: 'RESOURCE_EXHAUSTED', message: 'no', details: [{ retry_delay: delay }] },
  };
}

function rowsOfDelays(): Row[] {
  return delays.map(([name, fault, isRepeated]): Row => {
    const scripted = { ...fault, status: 429, times: isRepeated ? 1 : ALWAYS };
    const ends = isRepeated ? 'token' : 'RATE_LIMITED';
    return {
      name: `a 429, ${name}`,
      step: 'postgresToken',
      fault: scripted,
      ends,
      requests: isRepeated ? 2 : 1,
    };
  });
}

/** Few, because each takes all of its attempts. */
function rowsOfOutages(step: Step): Row[] {
  const throttled: Row['ends'] = ['RATE_LIMITED', 'TIMEOUT'];
  const down: Row['ends'] = ['UNAVAILABLE', 'TIMEOUT'];
  const all: [string, Fault, Row['ends']][] = [
    ['503 for ever', { ...faults.unavailable, times: ALWAYS }, down],
    ['429 for ever', { ...faults.rateLimited, times: ALWAYS }, throttled],
    ['reset for ever', { delivery: 'reset', times: ALWAYS }, down],
  ];
  return all.map(([name, fault, ends]) => ({ name, step, fault, ends, requests: 5 }));
}

// Answers that are hardly HTTP.

const chunked = (text: string) => `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${text}`;
const end = (text: string) => (socket: import('node:net').Socket) => void socket.end(text);

/** Bytes for a usable body. Whether such an answer is asked for once more is not promised. */
const bytes: [string, (body: string) => Reply, Row['ends']][] = [
  ['words', () => end('HELLO\r\n\r\n'), EITHER],
  ['no status line', (body) => end(body), EITHER],
  ['empty lines', () => end('\r\n\r\n\r\n'), EITHER],
  ['a status that is no number', (body) => end(`HTTP/1.1 abc OK\r\n\r\n${body}`), EITHER],
  ['a status of two digits', (body) => end(`HTTP/1.1 20 OK\r\n\r\n${body}`), EITHER],
  ['a version of HTTP that is none', (body) => end(`HTTP/9.9 200 OK\r\n\r\n${body}`), EITHER],
  ['the preface of HTTP/2', () => end('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), EITHER],
  ['TLS', () => Buffer.from([0x15, 3, 3, 0, 2, 2, 40]), EITHER],
  ['headers that do not end', () => end('HTTP/1.1 200 OK\r\nx: 1\r\n'), EITHER],
  ['a header without a colon', (body) => ok(body, `${CANARY}\r\n`), EITHER],
  ['a header with a space in its name', (body) => ok(body, `x ${CANARY}: 1\r\n`), EITHER],
  ['a header with a zero', (body) => ok(body, `x: ${CANARY}\0\r\n`), EITHER],
  ['a header of odd bytes', (body) => Buffer.from(ok(body, 'x: \xff\x80\r\n'), 'latin1'), 'token'],
  ['a header on two lines', (body) => ok(body, `x: 1\r\n ${CANARY}\r\n`), EITHER],
  ['99 headers', (body) => ok(body, 'x: 1\r\n'.repeat(97)), 'token'],
  ['1000 headers', (body) => ok(body, `x: ${CANARY}\r\n`.repeat(1000)), EITHER],
  ['a header of 2 MB', (body) => ok(body, `x: ${'y'.repeat(2 * MIB)}\r\n`), EITHER],
  ['a reason of 100 KB', (body) => ok(body).replace('OK', CANARY.repeat(17_000)), EITHER],
  ['a reason', (body) => ok(body).replace('OK', CANARY), 'token'],
  [
    'a length below zero',
    (body) => end(`HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n${body}`),
    EITHER,
  ],
  [
    'a length that is no number',
    (body) => end(`HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n${body}`),
    EITHER,
  ],
  [
    'a length beyond all bounds',
    (body) => end(`HTTP/1.1 200 OK\r\ncontent-length: 9${'9'.repeat(30)}\r\n\r\n${body}`),
    EITHER,
  ],
  [
    'a length of 2^64 - 1',
    (body) => end(`HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n${body}`),
    EITHER,
  ],
  ['two lengths', (body) => end(ok(body, 'content-length: 3\r\n')), EITHER],
  ['the same length twice', (body) => ok(body, `content-length: ${body.length}\r\n`), EITHER],
  ['too small a length', (body) => end(ok(body).replace(`: ${body.length}`, ': 3')), EITHER],
  ['a length and chunks', (body) => end(ok(body, 'transfer-encoding: chunked\r\n')), EITHER],
  ['a body up to the end', (body) => end(`HTTP/1.0 200 OK\r\n\r\n${body}`), 'token'],
  ['a connection that is to be closed', (body) => end(ok(body, 'connection: close\r\n')), 'token'],
  ['one chunk', (body) => chunked(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`), 'token'],
  [
    'a chunk a byte',
    (body) => chunked(`${[...body].map((c) => `1\r\n${c}\r\n`).join('')}0\r\n\r\n`),
    'token',
  ],
  [
    'chunks with extensions',
    (body) => chunked(`${body.length.toString(16)};x=${CANARY}\r\n${body}\r\n0\r\n\r\n`),
    'token',
  ],
  [
    'trailers',
    (body) => chunked(`${body.length.toString(16)}\r\n${body}\r\n0\r\nx: ${CANARY}\r\n\r\n`),
    'token',
  ],
  ['a chunk without a size', (body) => end(chunked(`\r\n${body}\r\n0\r\n\r\n`)), EITHER],
  ['a chunk of no number', (body) => end(chunked(`zz\r\n${body}\r\n0\r\n\r\n`)), EITHER],
  ['a chunk below zero', (body) => end(chunked(`-1\r\n${body}\r\n0\r\n\r\n`)), EITHER],
  [
    'a chunk beyond all bounds',
    (body) => end(chunked(`fffffffffffffffff\r\n${body}\r\n0\r\n\r\n`)),
    EITHER,
  ],
  ['a chunk longer than it says', (body) => end(chunked(`3\r\n${body}\r\n0\r\n\r\n`)), EITHER],
  ['a chunk shorter than it says', (body) => end(chunked(`fff\r\n${body}`)), EITHER],
  [
    'chunks without an end',
    (body) => end(chunked(`${body.length.toString(16)}\r\n${body}\r\n`)),
    EITHER,
  ],
  [
    'an extension of 100 KB',
    (body) => end(chunked(`1;${CANARY.repeat(17_000)}\r\n${body}\r\n0\r\n\r\n`)),
    EITHER,
  ],
  [
    'early hints',
    (body) => `HTTP/1.1 103 Early Hints\r\nlink: <${CANARY}>\r\n\r\n${ok(body)}`,
    'token',
  ],
  ['100 times 100', (body) => `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)}${ok(body)}`, 'token'],
  [
    'a change of protocols',
    () => end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    EITHER,
  ],
];

const forEver: [string, Reply][] = [
  ['words', end('HELLO\r\n\r\n')],
  [
    'headers that do not end',
    (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${'x: 1\r\n'.repeat(100_000)}`),
  ],
  ['a chunk of no number', end(chunked('zz\r\n'))],
  [
    'a body that stops',
    (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{'),
  ],
];

function rowsOfBytes(step: Step): Row[] {
  return bytes.map(([name, make, ends]): Row => {
    const fault = { raw: make(usableText[step]), times: ends === 'token' ? ALWAYS : 1 };
    return { name: `${name} in bytes`, step, fault, ends };
  });
}

function rowsOfEndlessBytes(step: Step): Row[] {
  return forEver.map(([name, raw]): Row => {
    const fault = { raw, times: ALWAYS };
    return { name: `${name} for ever in bytes`, step, fault, ends: BROKEN };
  });
}

// Answers that repeat what must stay secret.

const SECRET = 'client-secret-1 a+b/c:%&d';
const ENCODED = new URLSearchParams({ _: SECRET }).toString().slice('_='.length);
/** One that the process does not know yet is told by its length alone; of a short one it has to know. */
const ACCESS_TOKEN = {
  accessToken: `access-token-1-${'good'.repeat(50)}`,
  postgresToken: `access-token-1-${'good'.repeat(10)}`,
};

/** Sentences around each secret that the workspace has been sent. */
const echoes = (basic: string, accessToken: string): [string, string][] => [
  ['the client secret', SECRET],
  ['the client secret as it was sent', ENCODED],
  ['the client credentials as they were sent', basic],
  ['the header of the client', `Basic ${basic}`],
  ['the access token', accessToken],
  ['the header of the access token', `Authorization: Bearer ${accessToken}`],
  ['the access token in an address', `https://elsewhere.test/?access_token=${accessToken}&x=1`],
];

const echoing: [string, (text: string) => Fault][] = [
  [
    'a message',
    (text) => ({ status: 403, body: { error_code: 'X', message: `I got ${text}, no` } }),
  ],
  ['a description', (text) => ({ status: 400, body: { error: 'x', error_description: text } })],
  ['a word', (text) => ({ status: 404, body: { error_code: text, message: 'no' } })],
  [
    'a request id',
    (text) => ({ status: 500, body: { error_code: 'X', details: [{ request_id: text }] } }),
  ],
  ['a header', (text) => ({ status: 500, headers: { 'x-request-id': text } })],
  ['a title', (text) => ({ status: 500, body: `<html><title>${text}</title></html>` })],
  ['plain text', (text) => ({ status: 500, body: `INTERNAL_ERROR: ${text}` })],
  ['a location', (text) => ({ status: 302, headers: { location: `/${text}` } })],
  [
    'a long message',
    (text) => ({ status: 403, body: { message: `${'word '.repeat(55)}${text} ${text}` } }),
  ],
  [
    'a success',
    (text) => ({ body: { token: text, access_token: text, expire_time: text, expires_in: text } }),
  ],
];

function allRows(): Row[] {
  return [
    // Those that take long go first, and the others meanwhile.
    ...STEPS.flatMap((step) => [...rowsOfOutages(step), ...rowsOfEndlessBytes(step)]),
    ...STEPS.flatMap((step) => rowsOfOddities(step)),
    ...STEPS.flatMap((step) => rowsOfBytes(step)),
    ...rowsOfDelays(),
    ...rowsOfBodies(),
    ...rowsOfExpiries(),
    ...STEPS.flatMap((step) => [...rowsOfStatuses(step), ...rowsOfErrorBodies(step)]),
  ];
}

/** What became of a row. */
interface Met {
  told: Told;
  stderr: string;
  /** Tokens that the caller may have been given. */
  tokens: (string | undefined)[];
  requests: { step: string | null; path: string; fault?: true }[] | undefined;
  hidden: string[];
}

/** Lets a worker thread's call meet the row. */
async function meet(row: Row): Promise<Met> {
  return withServer(row, async (env, server) => {
    const call = `${tell} return tell(getLakebasePostgresToken());`;
    const { value, stderr } = await inQuietWorker<Told>(call, env);
    return { told: value, stderr, ...server() };
  });
}

type Seen = Pick<Met, 'tokens' | 'requests' | 'hidden'>;

async function withServer<T>(
  { step, fault, token }: Row,
  use: (env: Readonly<Record<string, string>>, seen: () => Seen) => Promise<T>,
): Promise<T> {
  if ('raw' in fault) {
    await using server = await startRawServer(step, fault.raw, fault.times);
    const tokens = [TOKEN, 'postgres-token-1-raw'];
    return await use(server.env, () => ({
      tokens,
      requests: undefined,
      hidden: secretsOf(server.env),
    }));
  }
  const workspace = await startWorkspaceEmulator();
  try {
    workspace.answer(step, fault);
    if (step === 'accessToken') {
      // An access token that the row made up is not known to the emulator.
      workspace.answer('postgresToken', { body: usable.postgresToken, times: ALWAYS });
    }
    return await use(workspace.env, () => ({
      tokens: [
        step === 'accessToken'
          ? TOKEN
          : hasBody(fault)
            ? token
            : workspace.issuedTokens.at(-1)?.token,
      ],
      requests: workspace.requests.map(({ step, path, fault }) => ({ step, path, fault })),
      hidden: secretsOf(workspace.env),
    }));
  } finally {
    await workspace.close();
  }
}

function hasBody(fault: Fault | Fault[]) {
  return [fault]
    .flat()
    .some(({ body, status, times }) => body !== undefined && (status ?? 200) < 300 && times);
}

/** What must not be shown, in every form in which it is sent. */
function secretsOf(env: Readonly<Record<string, string>>): string[] {
  const { DATABRICKS_CLIENT_ID: id = '', DATABRICKS_CLIENT_SECRET: secret = '' } = env;
  const encoded = new URLSearchParams({ _: secret }).toString().slice('_='.length);
  const basic = Buffer.from(`${id}:${encoded}`).toString('base64');
  // The beginnings are enough: a part of a token is a leak as well.
  return [secret, encoded, basic, 'client-secret-', 'access-token-', 'postgres-token-', CANARY];
}

/** Characters that no error repeats: those of control, and those that turn or hide others. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

function expectTyped(told: Extract<Told, { code: string }>, hidden: string[]) {
  expect(told.name).toBe('LakebaseTokenError');
  expect(told.message).not.toMatch(UNPRINTABLE);
  expect(`${told.errorCode} ${told.requestId}`).not.toMatch(UNPRINTABLE);
  expect(told.message.length).toBeLessThan(1200);
  expect((told.errorCode ?? '').length).toBeLessThanOrEqual(300);
  expect((told.requestId ?? '').length).toBeLessThanOrEqual(300);
  for (const secret of hidden) {
    expect(told.shown).not.toContain(secret);
  }
}

/** Runs `task` on every one of `items`, some at a time. */
async function atMost<T>(count: number, items: readonly T[], task: (item: T) => Promise<unknown>) {
  const left = items[Symbol.iterator]();
  const lane = async () => {
    for (const item of left) await task(item);
  };
  await Promise.all(Array.from({ length: count }, lane));
}

const rows = allRows();
const named = rows.map((row) => [`${row.step}: ${row.name}`, row] as const);

describe('an answer to the request for', () => {
  const outcomes = new Map<Row, Met>();

  beforeAll(
    () => atMost(25, rows, async (row) => void outcomes.set(row, await meet(row))),
    120_000,
  );

  test('either token is met in at least 303 ways', () => {
    expect(rows.length).toBeGreaterThanOrEqual(303);
    expect(new Set(named.map(([name]) => name)).size).toBe(rows.length);
  });

  test.each(named)('%s', (_, row) => {
    const { told, stderr, tokens, requests, hidden } = outcomes.get(row) as Met;
    const ended = 'token' in told ? 'token' : told.code.replace('ERR_LAKEBASE_', '');
    expect([row.ends].flat(), JSON.stringify(told)).toContain(ended);
    expect(stderr).toBe('');
    if ('token' in told) {
      expect(tokens).toContain(told.token);
    } else {
      expect(told.retryable).toBe(RETRYABLE[ended as keyof typeof RETRYABLE]);
      expectTyped(told, hidden);
    }
    if (requests !== undefined) {
      // No redirect, link or refresh was followed, and nothing was asked in vain: a host without a token
      // endpoint is asked where it has one.
      const others = requests.filter(({ step }) => step === null).map(({ path }) => path);
      expect(others.filter((path) => !path.includes('/.well-known/'))).toEqual([]);
      expect(others.length).toBeLessThanOrEqual(2);
      const ofStep = requests.filter(({ step }) => step === row.step).length;
      expect(ofStep).toBeLessThanOrEqual(row.requests ?? 1);
    }
  });
});

test('all of these answers are met in one process, which says nothing on its own', async () => {
  // Those that end without a pause; `getLakebaseCredential` reads its environment at every call.
  const quick = rows.filter(({ fault, ends }) => !('raw' in fault) && ends !== 'token');
  const [envs, close] = await open(quick.filter(({ requests = 1 }) => requests <= 2));
  const ended = await runProgram(
    `import { readFileSync } from 'node:fs';
    import { getLakebaseCredential } from 'lakebase-token';
    const codes = {};
    for (const env of JSON.parse(readFileSync(0, 'utf8'))) {
      process.env = env;
      const { code } = await getLakebaseCredential().catch((error) => error);
      codes[code] = (codes[code] ?? 0) + 1;
    }
    console.log(JSON.stringify(codes));`,
    {},
    [],
    JSON.stringify(envs),
  );
  await close();
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  const codes = JSON.parse(ended.stdout);
  expect(codes).not.toHaveProperty('ERR_LAKEBASE_INTERRUPTED');
  expect(codes.ERR_LAKEBASE_PROTOCOL).toBeGreaterThan(70);
});

/** The environments of workspaces that meet their callers with `rows`, until they are closed. */
async function open(rows: readonly Row[]) {
  const envs: Readonly<Record<string, string>>[] = [];
  let close = () => {};
  const closing = new Promise<void>((resolve) => {
    close = resolve;
  });
  const closed: Promise<void>[] = [];
  for (const row of rows) {
    await new Promise<void>((opened, fail) => {
      const use = (env: Readonly<Record<string, string>>) => {
        envs.push(env);
        opened();
        return closing;
      };
      closed.push(withServer(row, use).catch(fail));
    });
  }
  const closeAll = () => {
    close();
    return Promise.all(closed);
  };
  return [envs, closeAll] as const;
}

describe('an error does not repeat', () => {
  const cases = STEPS.flatMap((step) =>
    echoing.flatMap(([place, make]) =>
      echoes('', '').map(([what], index) => ({ step, place, make, what, index })),
    ),
  );
  const shown = new Map<(typeof cases)[number], Met>();

  beforeAll(
    () =>
      atMost(25, cases, async (item) => {
        const workspace = await startWorkspaceEmulator({ clientSecret: SECRET });
        try {
          const basic = Buffer.from(`${workspace.env.DATABRICKS_CLIENT_ID}:${ENCODED}`).toString(
            'base64',
          );
          const accessToken = ACCESS_TOKEN[item.step];
          const text = echoes(basic, accessToken)[item.index]?.[1] ?? '';
          workspace.answer('accessToken', {
            body: { ...usable.accessToken, access_token: accessToken },
            times: ALWAYS,
          });
          workspace.answer(item.step, { ...item.make(text), times: ALWAYS });
          const call = `${tell} return tell(getLakebasePostgresToken());`;
          const { value, stderr } = await inQuietWorker<Told>(call, workspace.env);
          const hidden = [SECRET, ENCODED, basic, accessToken, 'client-secret-', 'access-token-'];
          shown.set(item, { told: value, stderr, tokens: [], requests: [], hidden });
        } finally {
          await workspace.close();
        }
      }),
    120_000,
  );

  test.each(cases.map((item) => [item.what, item.place, item.step, item] as const))(
    '%s in %s of an answer to the request for the %s',
    (_what, _place, _step, item) => {
      const { told, stderr, hidden } = shown.get(item) as Met;
      expect(stderr).toBe('');
      if ('token' in told) return;
      expectTyped(told, hidden);
    },
  );
});

test.concurrent.each(echoing)(
  'a Postgres token that is held is not repeated from %s',
  async (_, make) => {
    const workspace = await startWorkspaceEmulator();
    try {
      const token = `postgres-token-1-${'good'.repeat(50)}`;
      const body = { token, expire_time: new Date(Date.now() + 60_000).toISOString() };
      workspace.answer('postgresToken', [{ body }, { ...make(token), times: ALWAYS }]);
      const { value, stderr } = await inQuietWorker<Told[]>(
        `${tell}
      const told = [await tell(getLakebasePostgresToken())];
      // As good as new is what has lived for less than a second.
      for (let turn = 0; turn < 15 && told.at(-1).code === undefined; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        told.push(await tell(getLakebaseCredential({ minLifetimeMs: 60_000 })));
      }
      invalidateLakebasePostgresToken(told[0].token);
      told.push(await tell(getLakebasePostgresToken()));
      return told;`,
        workspace.env,
      );
      expect(stderr).toBe('');
      const rejected = value.filter((told) => 'code' in told);
      for (const told of rejected) expectTyped(told, [...secretsOf(workspace.env), token]);
    } finally {
      await workspace.close();
    }
  },
);
