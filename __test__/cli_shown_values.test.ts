import path from 'node:path';
import { startWorkspaceEmulator, type WorkspaceEmulator } from 'lakebase-token/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { surroundings } from '../js/cli/exec.js';
import { hint, type Name, shownValue } from '../js/cli/shown_value.js';
import { newFolder, run, TRUE } from './support/command_line';

let workspace: WorkspaceEmulator;

beforeAll(async () => {
  workspace = await startWorkspaceEmulator();
});

afterAll(() => workspace?.close());

const SECRET = 'dose0123456789abcdef0123456789abcdef';
const TOKEN = 'dapi0123456789abcdef01234567891234';
const UUID = 'ad565c34-baeb-4c46-94c2-69fbf78a65a2';
const ENDPOINT = 'projects/shop/branches/main/endpoints/primary';

const shown = (name: string, value: string, others: Record<string, string> = {}) =>
  shownValue(name as Name, { ...others, [name]: value });

/** Passwords as people have them: each piece that a parser may cut out is one of these words. */
const PIECES = /s3cr|etpass|winter|hunter/i;

const URLS_WITH_A_PASSWORD = [
  'http://svc-proxy:Winter/2026!@proxy.corp.test:8080',
  'http://user:S3cr/etPass@proxy',
  'user:S3cr/etPass@proxy',
  'socks5://user:S3cr/etPass@proxy',
  'http:///user:S3cretPass@proxy',
  'http:////user:S3cretPass@proxy:1',
  'http:/user:S3cretPass@proxy.test:1',
  'http:user:S3cretPass@proxy.test:1',
  '//user:S3cretPass@proxy.test:1',
  'http://user:S3cr@etPass/word',
  'http://user:S3cr@etPass/word@proxy:3128',
  'http://user:S3cr@etPass@proxy:3128',
  'http://user:S3cr?etPass@proxy:3128',
  'http://user:S3cr#etPass@proxy:3128',
  'http://CORP\\user:S3cretPass@proxy:8080',
  'http://user:S3cr\\etPass@proxy:8080',
  '\u0001http://user:S3cretPass@proxy:1',
  'http://user:\u001b[2JS3cretPass@proxy:1',
  'ht\ttp://user:S3cretPass@proxy:1',
  'http://user:S3cr\netPass@proxy:1',
  'http://user:S3cr etPass@proxy:1',
  '"http://user:S3cretPass@proxy:1"',
  'http://user:S3cretPass@proxy:1/S3cr',
  'http://user:S3cretPass@proxy:1?S3cr',
  'http://user:S3cretPass@pro\u200bxy.test:1',
  'http://user:S3cretPass@proxy.test:99999',
  'http://user:Winter@2026',
  'user:Hunter@S3cret',
  'http://user:S3cretPass',
  'HTTP://User:S3cretPass@Proxy.test:1',
  'http://S3cr%2FetPass@proxy.test:1',
];

describe('of a URL', () => {
  test.each(
    URLS_WITH_A_PASSWORD.flatMap((url) =>
      ['HTTPS_PROXY', 'DATABRICKS_HOST'].map((name) => [name, url]),
    ),
  )('no piece of a password is shown: %s=%j', (name, url) => {
    expect(shown(name as string, url as string)).not.toMatch(PIECES);
  });

  test.each([
    ['HTTPS_PROXY', 'http://user:password@proxy.test:3128/', 'http://…@proxy.test:3128'],
    ['HTTPS_PROXY', 'user:p%40ss@proxy.test:3128', '…@proxy.test:3128'],
    ['HTTPS_PROXY', 'http://user:p@ss@proxy.test', 'http://…@proxy.test'],
    ['https_proxy', 'http://user:password@[::1]:3128', 'http://…@[::1]:3128'],
    ['ALL_PROXY', 'proxy:3128', 'proxy:3128'],
    ['DATABRICKS_HOST', 'https://workspace.test', 'https://workspace.test'],
    ['DATABRICKS_HOST', ' https://workspace.test/ ', 'https://workspace.test'],
    ['DATABRICKS_HOST', `workspace.test/?token=${TOKEN}`, 'workspace.test/…'],
    ['DATABRICKS_HOST', 'https://user:password@workspace.test', 'https://…@workspace.test'],
  ])('that is one the host is: %s=%j', (name, url, expected) => {
    expect(shown(name, url)).toBe(expected);
  });
});

/** Name, value, and what is told of it. */
type Told = [string, string, string | RegExp];

test.each<Told>([
  ['DATABRICKS_HOST', TOKEN, 'dapi…1234 (a secret, not the URL of a workspace)'],
  ['DATABRICKS_HOST', `https://${TOKEN}`, '… (a secret, not the URL of a workspace)'],
  ['DATABRICKS_HOST', `${TOKEN}.cloud.databricks.com`, /^(dapi)?….*a secret, not/],
  ['DATABRICKS_HOST', '0123456789abcdef0123456789abcdef', /a secret, not/],
  ['DATABRICKS_HOST', 'postgresql://me:S3cretPass@db.test/d', '… (not the URL of a workspace)'],
  ['LAKEBASE_ENDPOINT', 'postgresql://me:S3cretPass@db.test/d', '… (not the path of an endpoint)'],
  ['LAKEBASE_ENDPOINT', 'host=db.test password=S3cretPass', '… (not the path of an endpoint)'],
  ['LAKEBASE_ENDPOINT', `projects/${TOKEN}/branches/b/endpoints/e`, /a secret, not/],
  ['DATABRICKS_CLIENT_ID', SECRET, 'dose…cdef (a secret, not the id of a service principal)'],
  ['DATABRICKS_CLIENT_ID', 'dose-S3cret', '… (not the id of a service principal)'],
  ['PGHOST', 'postgresql://me%40x.test:S3cretPass@db.test/d?sslmode=require', '… (not a host)'],
  ['PGHOST', 'host=db.test user=me password=S3cretPass', '… (not a host)'],
  ['PGHOST', 'me:S3cretPass@db.test', '… (not a host)'],
  ['PGHOST', '/tmp:S3cretPass@db.test', '… (not a host)'],
  ['PGHOST', '"db.test"', '… (in quotes, which do not belong to it)'],
  ['DATABRICKS_CLIENT_ID', `'${UUID}'`, '… (in quotes, which do not belong to it)'],
  ['PGUSER', 'postgresql://me:S3cretPass@db.test/d', '… (not the plain name of a role)'],
  ['PGUSER', 'me:S3cretPass', '… (not the plain name of a role)'],
  ['PGDATABASE', 'd?password=S3cretPass', '… (not the plain name of a database)'],
  ['PGDATABASE', 'host=db.test password=S3cretPass', '… (not the plain name of a database)'],
  ['PGPORT', 'postgresql://me:S3cretPass@db.test/d', '… (not the number of a port)'],
  ['PGSSLMODE', 'S3cretPass', /^… \(not one of disable/],
  ['NO_PROXY', 'db.test,http://me:S3cretPass@proxy.test', '… (not a list of hosts)'],
  ['NO_PROXY', 'me:S3cretPass@proxy.test', '… (not a list of hosts)'],
  [
    'NODE_EXTRA_CA_CERTS',
    'https://me:S3cretPass@db.test/ca.pem',
    '… (not the plain path of a file)',
  ],
  [
    'NODE_EXTRA_CA_CERTS',
    '-----BEGIN PRIVATE KEY----- S3cretPassMIIEvQIBADANBg',
    /^….*not the plain/,
  ],
  ['SSL_CERT_DIR', 'me:S3cretPass@db.test', '… (not the plain paths of folders)'],
  ...['me:S3cretPass', 'http://me:S3cretPass', 'h:5432:db:me:S3cretPass', 'S3cretPass'].map(
    (value): Told => ['SSL_CERT_DIR', value, '… (not the plain paths of folders)'],
  ),
  ['SSL_CERT_DIR', ['/etc/ssl', 'S3cretPass'].join(path.delimiter), /not the plain paths/],
  ['SSL_CERT_DIR', '~S3cretPass', '… (not the plain paths of folders)'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'PGSSLROOTCERT', 'PGUSER', 'PGDATABASE'].map(
    (name): Told => [
      name,
      '-----BEGIN PRIVATE KEY-----S3cretPass',
      /^… \(not the plain (path of a file|name of a (role|database))\)$/,
    ],
  ),
  ['DATABRICKS_HOST', 'https://me:S3cr@etPass.', '… (not the URL of a workspace)'],
  ['NODE_USE_SYSTEM_CA', 'S3cretPass', '… (not 0 or 1)'],
])('what is not what it should be is told by its reason alone: %s=%j', (name, value, expected) => {
  const told = shown(name, value);
  expect(told).not.toMatch(PIECES);
  if (typeof expected === 'string') expect(told).toBe(expected);
  else expect(told).toMatch(expected);
});

test.each([
  ['LAKEBASE_ENDPOINT', ENDPOINT],
  ['DATABRICKS_CLIENT_ID', UUID],
  ['NODE_EXTRA_CA_CERTS', '/etc/ssl/certs/corp ca (2).pem'],
  ['SSL_CERT_FILE', 'C:\\certificates\\ca.pem'],
  ['SSL_CERT_DIR', ['/etc/ssl/certs', '/opt/certs'].join(path.delimiter)],
  ...['./certs', '../certs', '~/certs', 'my/certs', '/', '~'].map((value) => [
    'SSL_CERT_DIR',
    value,
  ]),
  ['NODE_EXTRA_CA_CERTS', './corp--ca.pem'],
  ['NODE_USE_SYSTEM_CA', '1'],
  ['NO_PROXY', '*.corp.test, .x.test localhost:80,10.0.0.0/8,::1,*'],
  ['PGHOST', 'ep-cool-breeze-d1abcd23.database.us-east-1.cloud.databricks.com'],
  ['PGHOST', 'one.test,two.test'],
  ['PGHOST', '/var/run/postgresql'],
  ['PGHOST', '::1'],
  ['PGHOST', 'bücher_1.test.'],
  ['PGPORT', '5432'],
  ['PGUSER', "jürgen.o'neil+db@x.test"],
  ['PGUSER', UUID],
  ['PGDATABASE', 'my db'],
  ['PGSSLMODE', 'verify-full'],
  ['PGSSLROOTCERT', 'system'],
])('what is as it should be is shown: %s=%j', (name, value) => {
  expect(shown(name, value)).toBe(value);
});

test('a value that another variable keeps secret is not shown anywhere', () => {
  const others = { DATABRICKS_CLIENT_SECRET: 'Hunter-two-hunter' };
  expect(shown('PGUSER', 'Hunter-two-hunter', others)).toBe('… (a secret is in it)');
  expect(shown('PGHOST', 'x-hunter-two-hunter.test', others)).toBe('… (a secret is in it)');
  expect(shown('DATABRICKS_CLIENT_ID', 'Hunter', { DATABRICKS_CLIENT_SECRET: UUID })).toBe(
    '… (swapped with DATABRICKS_CLIENT_SECRET?)',
  );
});

test.each([
  [TOKEN, 'dapi…1234'],
  [SECRET, 'dose…cdef'],
  ['eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl', 'eyJ…dXJl'],
  ['an-old-password-of-25-lett', '…lett'],
  // Twenty letters at least stay in the dark.
  ['dapi0123456789abcdef0123456', 'dapi…'],
  ['0123456789abcdef0123456', '…'],
  ['0123456789ab', '…'],
  ['short', '…'],
  [`"${TOKEN}"`, '… (in quotes, which do not belong to it)'],
  [`{"access_token": "${TOKEN}"}`, '… (JSON, not the secret alone)'],
  [`Bearer ${TOKEN}`, '… (after the word Bearer, which does not belong to it)'],
  [`${TOKEN}\u001b[2J${TOKEN}`, '…'],
  [`me:${TOKEN}`, '…'],
])('of the secret %j only %s is shown', (secret, expected) => {
  expect(hint(secret)).toBe(expected);
});

test('spaces around a secret do not show more of it', () => {
  expect(shown('DATABRICKS_TOKEN', `  ${TOKEN}\n`)).toBe('dapi…1234');
  expect(shown('DATABRICKS_CLIENT_SECRET', `short${' '.repeat(40)}`)).toBe('…');
});

/** What `verify` finds, and all that it prints in words and in JSON. */
async function verify(changes: Record<string, string>) {
  const place = { cwd: newFolder(), env: { ...workspace.env, ...changes } };
  const [words, json] = await Promise.all([
    run(['verify'], place),
    run(['verify', '--json'], place),
  ]);
  const { ok, steps } = JSON.parse(json.stdout);
  expect([words.code, json.code, ok]).toEqual([ok ? 0 : 1, ok ? 0 : 1, ok]);
  const printed = [words, json].map(({ stdout, stderr }) => stdout + stderr).join('\n');
  return {
    printed,
    last: steps.at(-1) as { name: string; status: string; detail: string; advice: string },
  };
}

const LOGIN = { PGHOST: 'db.invalid', PGUSER: 'me', PGDATABASE: 'd' };
const CONNECTION_STRING = 'postgresql://me%40x.test:S3cretPass@db.invalid/d?sslmode=require';

describe('verify', () => {
  test.each<[string, Record<string, string>, string, string, string]>([
    [
      'a token in DATABRICKS_HOST',
      { DATABRICKS_HOST: 'https://dapi0123456789abcdef0123S3cr' },
      'variables',
      'DATABRICKS_HOST holds a secret',
      'URL of the workspace',
    ],
    [
      'id and secret that are swapped',
      { DATABRICKS_CLIENT_ID: `${SECRET}S3cr`, DATABRICKS_CLIENT_SECRET: UUID },
      'variables',
      'DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET are swapped',
      'application id',
    ],
    [
      'a secret for the id',
      { DATABRICKS_CLIENT_ID: 'doseS3cretPass' },
      'variables',
      'DATABRICKS_CLIENT_ID holds a secret',
      'application id',
    ],
    [
      'a connection string for the endpoint',
      { LAKEBASE_ENDPOINT: CONNECTION_STRING },
      'variables',
      'LAKEBASE_ENDPOINT is a connection string',
      'projects/<project>/branches/<branch>/endpoints/<endpoint>',
    ],
    [
      'a connection string for the host',
      { ...LOGIN, PGHOST: CONNECTION_STRING },
      'Postgres host',
      'PGHOST is a connection string',
      'the host alone',
    ],
    [
      'a connection string with the host of the pooler',
      { ...LOGIN, PGHOST: 'postgresql://me:S3cretPass@ep-a-pooler.x.test/d' },
      'Postgres host',
      'PGHOST is a connection string',
      'the host alone',
    ],
    [
      'a connection string in the way of libpq',
      { ...LOGIN, PGDATABASE: 'host=db.invalid password=S3cretPass' },
      'Postgres host',
      'PGDATABASE is a connection string',
      'the database alone',
    ],
    [
      'a password before the host',
      { ...LOGIN, PGHOST: 'me:S3cretPass@db.invalid' },
      'Postgres host',
      'PGHOST is not a host',
      'the host alone',
    ],
    [
      'a port in quotes',
      { ...LOGIN, PGPORT: '"5432"' },
      'Postgres host',
      'PGPORT is in quotes: docker --env-file keeps them',
      'the number of the port alone, usually 5432, without quotes',
    ],
  ])(
    'says what is wrong with %s, and shows nothing of it',
    async (_what, env, name, detail, advice) => {
      const { printed, last } = await verify(env);
      expect(last).toMatchObject({ name, status: 'failed' });
      expect(last.detail).toContain(detail);
      expect(last.advice).toContain(advice);
      expect(printed).not.toMatch(PIECES);
    },
  );

  test('shows nothing of passwords in the variables of the network', async () => {
    const { printed } = await verify({
      HTTPS_PROXY: 'http://user:S3cr/etPass@proxy.test',
      all_proxy: 'http:///user:S3cretPass@proxy.test',
      NO_PROXY: 'http://me:S3cretPass@proxy.test',
      SSL_CERT_FILE: 'https://me:S3cretPass@db.test/ca.pem',
      PGSSLROOTCERT: 'https://me:S3cretPass@db.test/ca.pem',
      PGUSER: 'me:S3cretPass',
      LAKEBASE_ENDPOINT: 'S3cretPass',
    });
    expect(printed).toContain('HTTPS_PROXY');
    expect(printed).not.toMatch(PIECES);
  });

  test('does not repeat half a password that is taken for the host', async () => {
    const { printed, last } = await verify({
      DATABRICKS_HOST: 'https://s3cret-pass-word.invalid/x@ws.test',
    });
    expect(last.name).toBe('DNS');
    expect(printed).not.toMatch(PIECES);
  });
});

describe.each(['token', 'exec'])('%s', (command) => {
  const line = command === 'exec' ? ['exec', '--', ...TRUE] : ['token'];

  test.each<[Record<string, string>, string]>([
    [{ DATABRICKS_HOST: 'dapi0123456789abcdefS3cr' }, 'DATABRICKS_HOST holds a secret.'],
    [{ DATABRICKS_CLIENT_ID: 'doseS3cretPass' }, 'DATABRICKS_CLIENT_ID holds a secret'],
    [{ LAKEBASE_ENDPOINT: CONNECTION_STRING }, 'LAKEBASE_ENDPOINT is a connection string.'],
    [
      { DATABRICKS_HOST: 'https://me:S3cr/etPass@ws.test' },
      'DATABRICKS_HOST is not a host name or URL',
    ],
  ])('says what is wrong with %j before it asks', async (changes, message) => {
    const before = workspace.requests.length;
    const { code, stdout, stderr } = await run(line, {
      cwd: newFolder(),
      env: { ...workspace.env, ...changes },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(PIECES);
    expect(workspace.requests).toHaveLength(before);
  });

  test('does not repeat half a password that is taken for the host', async () => {
    const env = { ...workspace.env, DATABRICKS_HOST: 'https://S3cret-pass/word@ws.test' };
    const { code, stderr } = await run(line, { cwd: newFolder(), env });
    expect(code).toBe(1);
    expect(stderr).toContain('lakebase-token: … cannot be reached');
    expect(stderr).not.toMatch(PIECES);
  });
});

test.each(['"5432"', 'abc', '65536', '-1', '0', ' '])(
  'exec runs nothing with PGPORT=%j, and asks nobody',
  async (PGPORT) => {
    const before = workspace.requests.length;
    const env = { ...workspace.env, ...LOGIN, PGPORT };
    const { code, stdout, stderr } = await run(['exec', '--', 'echo', 'ran'], {
      cwd: newFolder(),
      env,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Set PGPORT to the number of the port alone, usually 5432');
    expect(workspace.requests).toHaveLength(before);
  },
);

test('a host that looks like a secret is used all the same', () => {
  const PGHOST = 'a0123456789bcdefghijk-pooler.test';
  const { env, remarks } = surroundings({ ...LOGIN, PGHOST }, 'token-1');
  expect(env.DATABASE_URL).toContain(`@${PGHOST}:5432/`);
  expect(remarks.join()).toContain('Set PGHOST to the direct one.');
  expect(shown('PGHOST', PGHOST)).toBe('…test (a secret, not a host)');
});

test.each([
  [
    { PGHOST: 'postgresql://me:S3cretPass@ep-a-pooler.x.test/d' },
    'PGHOST is a connection string. Set',
  ],
  [
    { PGPORT: '"5432"' },
    'PGPORT is in quotes: docker --env-file keeps them. Set PGPORT to the number',
  ],
  [{ PGHOST: 'db.invalid\n' }, 'PGHOST is not a host. Set PGHOST to the host alone'],
  [{ PGPORT: '65536' }, 'PGPORT is not the number of a port. Set PGPORT to the number'],
  [{ PGUSER: "'me'" }, 'PGUSER is in quotes: docker --env-file keeps them. Set PGUSER to the name'],
])('exec makes no DATABASE_URL of %j, and says why', (changes, reason) => {
  const { env, remarks } = surroundings({ ...LOGIN, ...changes, DATABASE_URL: 'old' }, 'token-1');
  expect(env.DATABASE_URL).toBe('old');
  expect(remarks.join()).toContain(`DATABASE_URL is left as it is: ${reason}`);
  expect(remarks.join()).not.toMatch(PIECES);
});
