import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { startWorkspaceEmulator, type WorkspaceEmulator } from 'lakebase-token/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { surroundings } from '../js/cli/exec.js';
import { startPostgres } from '../support/postgres/postgres.js';
import { CA_FILE } from '../support/tls/keys.js';
import { ended, newFolder, run, start, TRUE } from './support/command_line';
import { installed } from './support/installed';
import { hasPostgres, hasSignals, isWindows } from './support/platform';

/** For machines that are busy with something else. */
const PATIENCE_MS = 120_000;

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let workspace: WorkspaceEmulator;

beforeAll(async () => {
  if (hasPostgres) postgres = await startPostgres();
  workspace = await startWorkspaceEmulator({ onPostgresToken: postgres?.acceptToken });
}, PATIENCE_MS);

afterAll(async () => {
  await workspace?.close();
  await postgres?.stop();
}, PATIENCE_MS);

const CONNECTION = { PGHOST: 'db.test', PGUSER: 'me@x.test', PGDATABASE: 'my db' };
const lastToken = () => String(workspace.issuedTokens.at(-1)?.token);

/** Runs `source` with Node through `exec`. */
function execNode(source: string, env: Record<string, string> = {}) {
  const place = { cwd: newFolder(), env: { ...workspace.env, ...env } };
  return run(['exec', '--', process.execPath, '-e', source], place);
}

const SHOW = `
  const { PGPASSWORD, PGSSLMODE, DATABASE_URL } = process.env;
  console.log(JSON.stringify({ PGPASSWORD, PGSSLMODE, DATABASE_URL }));
`;

describe('the command', () => {
  test('has the token in PGPASSWORD and in a DATABASE_URL', async () => {
    const { code, stdout, stderr } = await execNode(SHOW, CONNECTION);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const password = encodeURIComponent(lastToken());
    expect(JSON.parse(stdout)).toEqual({
      PGPASSWORD: lastToken(),
      PGSSLMODE: 'require',
      DATABASE_URL: `postgresql://me%40x.test:${password}@db.test:5432/my%20db?sslmode=require`,
    });
  });

  test('has no DATABASE_URL without the variables of Postgres', async () => {
    const { stdout, stderr } = await execNode(SHOW);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ PGPASSWORD: lastToken(), PGSSLMODE: 'require' });
  });

  test('has the variables of the env files too', async () => {
    const cwd = newFolder();
    const lines = Object.entries({ ...workspace.env, ...CONNECTION, A: '"1 # 2"' });
    const file = lines.map(([name, value]) => `${name}=${value}`).join('\n');
    writeFileSync(path.join(cwd, '.env.local'), file);
    const show = 'console.log(process.env.A, new URL(process.env.DATABASE_URL).hostname)';
    const { stdout } = await run(['exec', '--', process.execPath, '-e', show], { cwd });
    expect(stdout).toBe('1 # 2 db.test\n');
  });

  test('gets its arguments as they are, and no secret among them', async () => {
    const place = { cwd: newFolder(), env: { ...workspace.env, ...CONNECTION } };
    const show = 'console.log(JSON.stringify(process.argv.slice(1)))';
    const words = ['--help', '--', 'a b', '$HOME', '', '--env-file'];
    const line = ['exec', '--', process.execPath, '-e', show, '--', ...words];
    const { stdout } = await run(line, place);
    expect(JSON.parse(stdout)).toEqual(words);
  });

  test('reads what is piped in, and writes where it is piped to', async () => {
    const place = { cwd: newFolder(), env: { ...workspace.env } };
    const source = `
      process.stdin.pipe(process.stdout);
      process.stdin.on('end', () => { console.log('out'); console.error('err'); });
    `;
    const { code, stdout, stderr } = await run(
      ['exec', '--', process.execPath, '-e', source],
      place,
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  test('is not run without a token', async () => {
    const { code, stdout, stderr } = await execNode('console.log("ran")', { DATABRICKS_HOST: '' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('(ERR_LAKEBASE_CONFIG_MISSING)');
  });
});

describe('the end of the command', () => {
  test.each([0, 1, 3, 255])('with %i is the end of exec', async (code) => {
    expect(await execNode(`process.exit(${code})`)).toMatchObject({ code, signal: null });
  });

  test.runIf(hasSignals).each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'by %s is told as shells do',
    async (name) => {
      const { code } = await execNode(
        `process.kill(process.pid, '${name}'); setInterval(() => {}, 1)`,
      );
      expect(code).toBe(128 + constants.signals[name]);
    },
  );

  test.runIf(hasSignals).each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'is its own after %s',
    async (name) => {
      const source = `
      process.on('${name}', () => { console.log('got it'); process.exit(7); });
      console.log('ready');
      setInterval(() => {}, 1000);
    `;
      const place = { cwd: newFolder(), env: { ...workspace.env } };
      const child = start(['exec', '--', process.execPath, '-e', source], place);
      child.stdout.once('data', () => child.kill(name));
      expect(await ended(child)).toMatchObject({ code: 7, stdout: 'ready\ngot it\n' });
    },
  );

  test('that never began is told as shells do', async () => {
    const place = { cwd: newFolder(), env: { ...workspace.env } };
    const missing = await run(['exec', '--', 'no-such-program'], place);
    expect(missing).toMatchObject({ code: 127, stdout: '' });
    expect(missing.stderr).toContain('no-such-program could not be started: there is no such');

    const file = path.join(place.cwd, 'text.exe');
    writeFileSync(file, '');
    chmodSync(file, 0o600);
    const unfit = await run(['exec', '--', file], place);
    expect(unfit).toMatchObject({ code: 126, stdout: '' });
    expect(unfit.stderr).toMatch(
      /could not be started: (it is not executable|this system runs no)/,
    );
  });

  // As much as Windows would take.
  test.skipIf(isWindows)('that never began for all its variables is told so', async () => {
    const cwd = newFolder();
    writeFileSync(path.join(cwd, '.env.local'), `A=${'x'.repeat(2 ** 21)}\n`);
    const ended = await run(['exec', '--', ...TRUE], { cwd, env: { ...workspace.env } });
    expect(ended).toMatchObject({ code: 126, stdout: '' });
    expect(ended.stderr).toContain('could not be started: its environment is too large.');
  });
});

describe('DATABASE_URL', () => {
  const url = (env: Record<string, string>, drivers = ['pg']) =>
    surroundings({ ...CONNECTION, ...env }, 'a:b/c@d?e#f%', drivers).env.DATABASE_URL;

  test('can be parsed whatever is in it', () => {
    const parsed = new URL(String(url({ PGUSER: 'a:b@c/d', PGPORT: '6432', PGDATABASE: 'a/b?c' })));
    expect(decodeURIComponent(parsed.username)).toBe('a:b@c/d');
    expect(decodeURIComponent(parsed.password)).toBe('a:b/c@d?e#f%');
    expect(parsed.host).toBe('db.test:6432');
    expect(decodeURIComponent(parsed.pathname.slice(1))).toBe('a/b?c');
  });

  test.each([
    [{}, '?sslmode=require'],
    [{ PGSSLMODE: 'verify-full' }, '?sslmode=verify-full'],
    [{ PGSSLROOTCERT: '/ca.pem' }, '?sslmode=require&sslrootcert=%2Fca.pem'],
    [{ PGSSLROOTCERT: 'system' }, '?sslmode=require'],
    [{ PGHOST: '::1' }, '@[::1]:5432/'],
  ])('with %j contains %s', (env, part) => {
    expect(url(env)).toContain(part);
  });

  test.each([
    [[], true],
    [['pg'], true],
    [['pg', 'postgres'], true],
    [['postgres'], false],
  ])('names PGSSLROOTCERT for a project with %j: %s', (drivers, isNamed) => {
    const env = { PGSSLROOTCERT: '/ca.pem' };
    expect(url(env, drivers)?.includes('sslrootcert=')).toBe(isNamed);
    const { remarks } = surroundings({ ...CONNECTION, ...env }, 'token-1', drivers);
    const isForBoth = drivers.length === 2;
    expect(remarks.join().includes('the driver postgres cannot use it')).toBe(isForBoth);
  });

  test.each([
    [{ PGSSLMODE: 'disable' }, 'Lakebase takes nothing without TLS. Set PGSSLMODE=verify-full'],
    [{ PGSSLMODE: 'requried' }, 'PGSSLMODE has an unknown value'],
    [{ PGSSLMODE: "'require'" }, 'PGSSLMODE is in quotes: docker --env-file keeps them.'],
    [{ PGSSLROOTCERT: '"/ca.pem"' }, 'PGSSLROOTCERT is in quotes: docker --env-file keeps them.'],
  ])('with %j is made, and that is said', (env, remark) => {
    const made = surroundings({ ...CONNECTION, ...env }, 'token-1', ['pg']);
    expect(made.env.DATABASE_URL).toContain('@db.test');
    expect(made.remarks.join()).toContain(remark);
  });

  test.each([
    {},
    { PGSSLMODE: 'prefer' },
    { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca.pem' },
    { PGHOST: 'localhost', PGSSLMODE: 'disable' },
  ])('with %j is made without a word', (env) => {
    expect(surroundings({ ...CONNECTION, ...env }, 'token-1', ['pg']).remarks).toEqual([]);
  });

  test('of an environment that already has one is replaced', () => {
    expect(url({ DATABASE_URL: 'postgresql://old.test' })).toContain('@db.test');
  });

  test('is left alone, and that is said, when only a part is known', () => {
    const half = surroundings({ PGHOST: 'db.test', DATABASE_URL: 'old' }, 'token-1');
    expect(half.env.DATABASE_URL).toBe('old');
    expect(half.remarks).toEqual(['DATABASE_URL is left as it is: PGUSER and PGDATABASE not set.']);
  });

  test('of the pooler is given with a warning', () => {
    const { remarks } = surroundings({ ...CONNECTION, PGHOST: 'ep-a-pooler.database.test' }, 't');
    expect(remarks.join()).toContain('Set PGHOST to the direct one, ep-a.database.test.');
  });
});

const hasPsql = spawnSync('psql', ['--version']).status === 0;

// On a machine of one's own it may be missing; where changes are judged it must not be.
describe.runIf(hasPostgres && (hasPsql || process.env.CI))('psql', { timeout: PATIENCE_MS }, () => {
  test.each([
    ['the password', ['-c', 'SELECT current_user']],
    ['the URL', ['-c', 'SELECT current_user', '-d', 'url']],
  ])('logs in to a real Postgres with %s', async (_what, line) => {
    const { host, port, user, database } = postgres;
    const cwd = newFolder();
    writeFileSync(path.join(cwd, 'ca.pem'), postgres.ca);
    const place = {
      cwd,
      env: {
        ...workspace.env,
        PGHOST: host,
        PGPORT: String(port),
        PGUSER: user,
        PGDATABASE: database,
        PGSSLMODE: 'verify-ca',
        PGSSLROOTCERT: path.join(cwd, 'ca.pem'),
      },
    };
    const psql = ['psql', '-X', '-A', '-t', ...line].map((word) =>
      word === 'url' ? '"$DATABASE_URL"' : `'${word}'`,
    );
    const script = `${line.includes('url') ? 'unset PGPASSWORD; ' : ''}${psql.join(' ')}`;
    const { code, stdout, stderr } = await run(['exec', '--', 'sh', '-c', script], place);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'app\n', stderr: '' });
  });
});

describe.runIf(hasPostgres)('a driver that reads DATABASE_URL', { timeout: PATIENCE_MS }, () => {
  const PROGRAMS = {
    pg: `
      const { Client } = require('pg');
      const client = new Client({ connectionString: process.env.DATABASE_URL });
      client.connect().then(() => client.query('SELECT current_user AS role'))
        .then(({ rows }) => console.log(rows[0].role)).finally(() => client.end());
    `,
    postgres: `
      const sql = require('postgres')(process.env.DATABASE_URL, { max: 1 });
      sql\`SELECT current_user AS role\`
        .then(([{ role }]) => console.log(role)).finally(() => sql.end({ timeout: 1 }));
    `,
  };

  test.each<[keyof typeof PROGRAMS, Record<string, string>]>([
    ['pg', {}],
    ['pg', { PGSSLMODE: 'verify-full' }],
    ['postgres', {}],
    ['postgres', { PGSSLMODE: 'verify-full', NODE_EXTRA_CA_CERTS: CA_FILE }],
  ])('%s logs in with PGSSLROOTCERT and %j', async (driver, changes) => {
    const cwd = newFolder();
    installed(cwd, driver);
    const env = { ...workspace.env, ...postgres.env, PGSSLROOTCERT: CA_FILE, ...changes };
    const line = ['exec', '--', process.execPath, '-e', PROGRAMS[driver]];
    const { code, stdout } = await run(line, { cwd, env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'app\n' });
  });
});
