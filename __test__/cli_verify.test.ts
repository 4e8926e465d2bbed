import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import path from 'node:path';
import { startWorkspaceEmulator, type WorkspaceEmulator } from 'lakebase-token/testing';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../support/postgres/postgres.js';
import { CA_FILE } from '../support/tls/keys.js';
import { newFolder, run } from './support/command_line';
import { installed } from './support/installed';
import { hasPostgres } from './support/platform';
import { startProxy } from './support/proxy';

/** For machines that are busy with something else. */
const PATIENCE_MS = 120_000;

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let workspace: WorkspaceEmulator;

beforeAll(async () => {
  postgres = await startPostgres();
  workspace = await startWorkspaceEmulator({ onPostgresToken: postgres.acceptToken });
}, PATIENCE_MS);

afterEach(() => {
  workspace.answer('accessToken', null);
  workspace.answer('postgresToken', null);
});

afterAll(async () => {
  await workspace?.close();
  await postgres?.stop();
}, PATIENCE_MS);

interface Step {
  name: string;
  status: 'ok' | 'warning' | 'skipped' | 'failed';
  detail: string;
  advice?: string;
  variables?: { name: string; value: string; from: string }[];
}

/** A project that has these drivers installed. */
function project(...drivers: string[]) {
  const cwd = newFolder();
  for (const driver of drivers) installed(cwd, driver);
  return cwd;
}

/** Where Postgres is, and whom to trust there. */
const connection = () => ({ ...postgres.env, PGSSLROOTCERT: CA_FILE });

/** What `verify --json` finds; by name, and in order. */
async function verify(
  changes: Record<string, string> = {},
  { cwd = project('pg'), line = [] as string[] } = {},
) {
  const env = { ...workspace.env, ...connection(), ...changes };
  const { code, stdout, stderr } = await run(['verify', '--json', ...line], { cwd, env });
  const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: Step[] };
  expect(code).toBe(ok ? 0 : 1);
  expect(stderr).toBe('');
  const step = (name: string) => steps.find((found) => found.name === name);
  return { ok, steps, step, last: steps.at(-1) as Step, names: steps.map(({ name }) => name) };
}

describe.runIf(hasPostgres)('a way without mistakes', { timeout: PATIENCE_MS }, () => {
  test.each(['pg', 'postgres'])('is gone to the end, with %s', async (driver) => {
    const { ok, names, last } = await verify({}, { cwd: project(driver) });
    expect(ok).toBe(true);
    expect(names).toEqual([
      'variables',
      'identity',
      'host',
      'DNS',
      'TCP',
      'TLS',
      'clock',
      'access token',
      'Postgres token',
      'Postgres host',
      'Postgres login',
    ]);
    expect(last).toMatchObject({ status: 'ok' });
    expect(last.detail).toMatch(new RegExp(`^PostgreSQL \\d+.*, as app, with ${driver} \\d`));
  });

  test('is told with marks and times, and its end in words', async () => {
    const cwd = project('pg');
    const env = { ...workspace.env, ...connection() };
    for (const name of ['verify', 'doctor']) {
      const { code, stdout, stderr } = await run([name], { cwd, env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^✓ Postgres login +\d+ m?s {2}PostgreSQL/m);
      expect(stdout).toMatch(/\nIt works\. 2 steps were skipped\.\n$/);
    }
  });

  test('ends before the login without a driver, or without the variables for one', async () => {
    const without = await verify({}, { cwd: project() });
    expect(without.last).toMatchObject({
      status: 'skipped',
      detail: expect.stringContaining('neither pg nor postgres'),
      advice: expect.stringContaining('npm install pg'),
    });
    const half = await verify({ PGUSER: '', PGDATABASE: '' });
    expect(half.step('Postgres host')).toMatchObject({
      status: 'skipped',
      detail: 'no login is tried: PGUSER, PGDATABASE not set',
    });
    expect([without.ok, half.ok]).toEqual([true, true]);
  });

  test.each<[string, Record<string, string>, string[]]>([
    ['the variables for a login', { PGHOST: '' }, ['pg']],
    ['a driver', {}, []],
  ])('says what was not tried without %s', async (_what, changes, drivers) => {
    const env = { ...workspace.env, ...connection(), ...changes };
    const { code, stdout } = await run(['verify'], { cwd: project(...drivers), env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nThe tokens work\. No login to Postgres was tried\.\n$/);
    expect(stdout).not.toContain('It works');
  });

  test('tells a personal token from client credentials', async () => {
    const personal = await startWorkspaceEmulator({ auth: 'personal-token' });
    onTestFinished(() => personal.close());
    const { ok, step } = await verify({ ...personal.env, PGHOST: '', DATABRICKS_CLIENT_ID: 'x' });
    expect(ok).toBe(true);
    expect(step('access token')?.detail).toContain('DATABRICKS_TOKEN itself');
    expect(step('identity')).toMatchObject({
      status: 'warning',
      detail:
        'a token that is given: DATABRICKS_TOKEN; set besides, and not followed: DATABRICKS_CLIENT_ID',
    });
  });

  test('shows whom the token is for, and warns if that is not the role', async () => {
    const payload = Buffer.from(JSON.stringify({ sub: 'me@x.test' })).toString('base64url');
    const expire_time = new Date(Date.now() + 3_600_000).toISOString();
    workspace.answer('postgresToken', { body: { token: `e30.${payload}.x`, expire_time } });
    const { step } = await verify({}, { cwd: project() });
    expect(step('Postgres token')?.detail).toMatch(
      /^valid until .* \(in 60 min\), for me@x\.test$/,
    );
    expect(step('Postgres host')).toMatchObject({ status: 'warning' });
    expect(step('Postgres host')?.detail).toContain('the token is for me@x.test');
  });

  test.each(['require', 'verify-full'])('has nothing to say of PGSSLMODE=%s', async (mode) => {
    const env = { PGSSLMODE: mode, NODE_EXTRA_CA_CERTS: CA_FILE, PGSSLROOTCERT: '' };
    const { last } = await verify(env);
    expect(last).toMatchObject({ name: 'Postgres login', status: 'ok' });
    expect(last.advice).toBeUndefined();
  });

  test('points out what it trusts and the application does not', async () => {
    const { last } = await verify({ PGSSLMODE: 'verify-full' });
    expect(last).toMatchObject({
      status: 'ok',
      advice: expect.stringContaining(
        'only through PGSSLROOTCERT, which pg does not read, but the pool of lakebase-token/pg does: ',
      ),
    });
  });

  test('waits for an endpoint that has to wake up first', async () => {
    const sleepy = await startSleepyRelay(2);
    const { last } = await verify({ PGPORT: String(sleepy) });
    expect(last.status).toBe('ok');
    expect(last.detail).toMatch(/, after a wake-up of \d+ m?s$/);
  });
});

describe.runIf(hasPostgres)('the variables', { timeout: PATIENCE_MS }, () => {
  test('are shown with where they came from, and no secret among them', async () => {
    const cwd = project();
    writeFileSync(path.join(cwd, '.env.local'), 'PGUSER=me\nPGHOST=localhost\nHTTP_PROXY=x\n');
    writeFileSync(path.join(cwd, '.env'), 'PGUSER=you\nPGDATABASE=d\nPGPORT=1\n');
    const env = {
      ...workspace.env,
      DATABRICKS_TOKEN: 'dapi-canary-canary-canary-1234',
      DATABRICKS_CLIENT_SECRET: 'canary',
      NO_PROXY: '*',
      HTTPS_PROXY: 'http://user:canary@proxy.test:1',
      PGPORT: '5433',
    };
    const { stdout } = await run(['verify', '--json'], { cwd, env });
    expect(stdout).not.toContain('canary');
    const shown: Step['variables'] = JSON.parse(stdout).steps[0].variables;
    const of = (name: string) => shown?.find((variable) => variable.name === name);
    expect(of('PGUSER')).toMatchObject({ value: 'me', from: '.env.local' });
    expect(of('PGDATABASE')).toMatchObject({ value: 'd', from: '.env' });
    expect(of('PGPORT')).toMatchObject({
      value: '5433',
      from: 'environment, which wins over .env',
    });
    expect(of('DATABRICKS_TOKEN')).toMatchObject({ value: 'dapi…1234', from: 'environment' });
    expect(of('DATABRICKS_CLIENT_SECRET')).toMatchObject({ value: '…' });
    expect(of('HTTPS_PROXY')).toMatchObject({ value: 'http://…@proxy.test:1' });
  });

  test('that are missing or unusable are the first mistake', async () => {
    const missing = await verify({ DATABRICKS_HOST: '', LAKEBASE_ENDPOINT: '' });
    expect(missing.names).toEqual(['variables']);
    expect(missing.last.detail).toContain('Set DATABRICKS_HOST and LAKEBASE_ENDPOINT');
    const plain = await verify({ DATABRICKS_HOST: 'http://workspace.test' });
    expect(plain.last.detail).toContain('(ERR_LAKEBASE_CONFIG_INVALID)');
  });

  test('that are missing are looked for in files, and told together with those for a login', async () => {
    const cwd = project();
    const env = { PGHOST: 'db.test' };
    const nowhere = await run(['verify'], { cwd, env });
    expect(nowhere.stdout).toContain('Neither .env.local nor .env is in this folder');
    expect(nowhere.stdout).toContain('For a login to Postgres set PGUSER, PGDATABASE too.');
    writeFileSync(path.join(cwd, '.env'), 'A=1\n');
    const somewhere = await run(['verify'], { cwd, env });
    expect(somewhere.stdout).toContain('What is missing can be set in .env too.');
    writeFileSync(path.join(cwd, '.env'), 'DATABRICKS_HOST=http://workspace.test\n');
    const there = await run(['verify', '--env-file', '.env'], {
      cwd,
      env: { ...workspace.env, DATABRICKS_HOST: undefined },
    });
    expect(there.stdout).toMatch(/CONFIG_INVALID\)[\s\S]*→ It is set in \.env\.\n/);
  });

  test('that a file sets as a Windows shell does are named, and not their values', async () => {
    const cwd = project();
    const lines = [
      'set DATABRICKS_HOST=https://canary.test',
      '$env:DATABRICKS_TOKEN = "canary"',
      'setx LAKEBASE_ENDPOINT canary',
      'set MY_OWN=1',
      'PGUSER=me',
      'A="',
      'set PGUSER=you"',
    ];
    writeFileSync(path.join(cwd, '.env'), lines.join('\r\n'));
    const { stdout } = await run(['verify'], { cwd });
    expect(stdout).toContain(
      '.env sets DATABRICKS_HOST (line 1), DATABRICKS_TOKEN (line 2), LAKEBASE_ENDPOINT (line 3) as a ' +
        'Windows shell does, which nobody reads. Write NAME=value alone.',
    );
    expect(stdout).not.toContain('canary');
    expect((await run(['token'], { cwd })).stderr).toContain('LAKEBASE_ENDPOINT (line 3)');
  });

  test('come from the file that --env-file names', async () => {
    const cwd = project();
    const lines = Object.entries({ ...workspace.env, PGHOST: 'db.test' });
    writeFileSync(
      path.join(cwd, 'app.env'),
      lines.map(([name, value]) => `${name}=${value}\n`).join(''),
    );
    const line = ['verify', '--json', '--env-file', 'app.env'];
    const { code, stdout } = await run(line, { cwd });
    expect(code).toBe(0);
    const [{ detail, variables }] = JSON.parse(stdout).steps;
    expect(detail).toBe('from this environment and app.env');
    expect(variables).toContainEqual({ name: 'PGHOST', value: 'db.test', from: 'app.env' });
  });
});

describe.runIf(hasPostgres)('the first mistake is found', { timeout: PATIENCE_MS }, () => {
  test.each<[string, Record<string, string>, string, (string | RegExp)[]]>([
    [
      'the console of the account',
      { DATABRICKS_HOST: 'https://accounts.cloud.databricks.com' },
      'host',
      ['is the console of an account, not a workspace', 'Set DATABRICKS_HOST'],
    ],
    [
      'the URL of an app',
      { DATABRICKS_HOST: 'https://my-app-1234567890123456.aws.databricksapps.com' },
      'host',
      ['is the URL of an app, not a workspace', 'Set DATABRICKS_HOST'],
    ],
    [
      'the host of Postgres',
      { DATABRICKS_HOST: 'ep-1.database.us-east-1.cloud.databricks.com' },
      'host',
      ['is a Postgres host, which belongs in PGHOST, not a workspace', 'Set DATABRICKS_HOST'],
    ],
    [
      "the endpoint's page in the browser",
      { LAKEBASE_ENDPOINT: 'https://dbc-1.cloud.databricks.com/lakebase/projects/p/branches/b' },
      'variables',
      ['LAKEBASE_ENDPOINT is a URL', 'Set LAKEBASE_ENDPOINT to the path of the endpoint'],
    ],
    [
      'a host that does not exist',
      { DATABRICKS_HOST: 'https://workspace.invalid' },
      'DNS',
      [/workspace\.invalid|name server/, 'Check'],
    ],
    [
      'a port that nobody listens to',
      { DATABRICKS_HOST: 'http://127.0.0.1:1' },
      'TCP',
      ['ECONNREFUSED', 'HTTPS_PROXY'],
    ],
    ['a wrong secret', { DATABRICKS_CLIENT_SECRET: 'x' }, 'access token', ['_UNAUTHENTICATED']],
    [
      'an endpoint that does not exist',
      { LAKEBASE_ENDPOINT: 'projects/a/branches/b/endpoints/c' },
      'Postgres token',
      ['ERR_LAKEBASE_NOT_FOUND'],
    ],
    [
      'the host of the pooler',
      { PGHOST: 'ep-a-pooler.database.test' },
      'Postgres host',
      ['refuses tokens', 'PGHOST to the direct host, ep-a.database.test'],
    ],
    [
      'a host of Postgres that does not exist',
      { PGHOST: 'ep-a.invalid' },
      'Postgres login',
      ['no host ep-a.invalid', 'connection details'],
    ],
    [
      'a port of Postgres that nobody listens to',
      { PGPORT: '1' },
      'Postgres login',
      ['ECONNREFUSED', 'PGPORT'],
    ],
    [
      'a role that does not exist',
      { PGUSER: 'me@x.test' },
      'Postgres login',
      ['refused role me@x.test', /service principal's: set PGUSER to [\da-f-]{36}\./],
    ],
    [
      'a role that has another token',
      { PGUSER: 'postgres' },
      'Postgres login',
      ['refused role postgres', /databricks_create_role\('[\da-f-]{36}', 'SERVICE_PRINCIPAL'\);$/],
    ],
    [
      'a database that does not exist',
      { PGDATABASE: 'nowhere' },
      'Postgres login',
      ['no database nowhere', 'databricks_postgres'],
    ],
    [
      'a Postgres that takes nothing without TLS',
      { PGSSLMODE: 'disable' },
      'Postgres login',
      [/takes nothing without TLS: .*no encryption/, 'Set PGSSLMODE=verify-full'],
    ],
    [
      'a misspelt PGSSLMODE',
      { PGSSLMODE: 'requried' },
      'Postgres login',
      ['PGSSLMODE has an unknown value', 'Set PGSSLMODE=verify-full'],
    ],
    [
      'a certificate of Postgres that nobody has signed',
      { PGSSLROOTCERT: 'system' },
      'Postgres login',
      ['not signed by a trusted authority', 'NODE_EXTRA_CA_CERTS'],
    ],
    [
      'a certificate of Postgres that only pg would trust',
      { PGSSLROOTCERT: '', PGSSLMODE: 'no-verify' },
      'Postgres login',
      ['not signed by a trusted authority', 'PGSSLMODE is no-verify: pg trusts whoever answers'],
    ],
  ])('in %s', async (_what, changes, name, parts) => {
    const { ok, steps, last } = await verify(changes);
    expect(ok).toBe(false);
    expect(last).toMatchObject({ name, status: 'failed' });
    expect(steps.filter(({ status }) => status === 'failed')).toHaveLength(1);
    for (const part of parts) expect(`${last.detail} ${last.advice}`).toMatch(part);
  });

  test('with postgres as with pg', async () => {
    const cwd = project('postgres');
    const { last } = await verify({ PGUSER: 'me@x.test' }, { cwd });
    expect(last).toMatchObject({ name: 'Postgres login', status: 'failed' });
    expect(last.detail).toContain('refused role me@x.test');
    expect((await verify({ PGPORT: '1' }, { cwd })).last.detail).toContain('ECONNREFUSED');
  });

  test('in a permission, after the access token was granted', async () => {
    workspace.answer('postgresToken', 'permissionDenied');
    const { step, last } = await verify();
    expect(step('access token')?.status).toBe('ok');
    expect(last).toMatchObject({ name: 'Postgres token', status: 'failed' });
    expect(last.detail).toContain('Grant the identity CAN USE');
  });

  test('and told in words', async () => {
    const cwd = project('pg');
    const env = { ...workspace.env, ...connection(), PGHOST: 'ep-a-pooler.x.test' };
    const { code, stdout } = await run(['verify'], { cwd, env });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /✗ Postgres host .*\n {2}→ Set PGHOST .*\n\nIt fails at: Postgres host\.\n$/,
    );
  });
});

describe.runIf(hasPostgres)('a workspace with TLS', { timeout: PATIENCE_MS }, () => {
  const keys = path.join(__dirname, '../support/tls');
  const file = (name: string) => path.join(keys, `test-only-${name}.pem`);

  async function verifyWith(certificate: string, trusted: string, changes = {}) {
    const key = readFileSync(path.join(keys, 'test-only-server.key'), 'utf8');
    const cert = readFileSync(file(certificate), 'utf8');
    const secure = await startWorkspaceEmulator({ tls: { key, cert }, clockSkewMs: 300_000 });
    onTestFinished(() => secure.close());
    const env = { ...secure.env, PGHOST: '', SSL_CERT_FILE: file(trusted), ...changes };
    return { ...(await verify(env)), secure };
  }

  test('shows its certificate, and that the clocks differ', async () => {
    const { ok, step } = await verifyWith('server', 'ca');
    expect(ok).toBe(true);
    expect(step('TLS')).toMatchObject({ status: 'ok' });
    expect(step('TLS')?.detail).toMatch(/^TLSv1\.[23], by .+, until 2120-\d\d-\d\d$/);
    expect(step('clock')).toMatchObject({
      status: 'warning',
      detail: "this machine's clock is 5 min behind the workspace's",
    });
  });

  test('shows it through a proxy, too, and not through one that is bypassed', async () => {
    const host = 'https://workspace.test';
    const { secure } = await verifyWith('server', 'ca');
    const proxy = await startProxy(Number(new URL(secure.url).port));
    const changes = {
      ...secure.env,
      PGHOST: '',
      HTTPS_PROXY: proxy.url,
      SSL_CERT_FILE: file('ca'),
    };
    const led = await verify({ ...changes, DATABRICKS_HOST: host });
    expect(led.ok).toBe(true);
    expect(led.step('TCP')?.status).toBe('skipped');
    expect(led.step('TLS')?.status).toBe('ok');
    expect(led.step('TLS')?.detail).toMatch(/, through the proxy of HTTPS_PROXY$/i);
    expect(led.step('clock')?.status).toBe('warning');
    const tunnels = proxy.tunnels.length;
    const bypassed = await verify({ ...changes, NO_PROXY: '127.0.0.1:* 127.0.0.0/8' });
    expect(bypassed.step('TCP')?.status).toBe('ok');
    expect(bypassed.step('TLS')?.detail).not.toContain('proxy');
    expect(proxy.tunnels).toHaveLength(tunnels);
  });

  test('stops where a proxy leads nowhere, in the words of the package', async () => {
    const proxy = await startProxy(1, 'user:right');
    const { last } = await verifyWith('server', 'ca', { HTTPS_PROXY: proxy.url });
    expect(last).toMatchObject({ name: 'TLS', status: 'failed' });
    expect(last.detail).toMatch(/the proxy of HTTPS_PROXY asks for a user and a password/i);
  });

  test.each([
    ['self-signed', 'ca', 'not signed by an authority that is trusted', 'NODE_EXTRA_CA_CERTS'],
    ['expired', 'ca', 'its certificate has expired', 'clock'],
    ['other-host', 'ca', 'is for another host', 'DATABRICKS_HOST'],
    ['server', 'nothing', '(os error 2)', 'SSL_CERT_FILE'],
    ['nameless', 'nameless', 'names no host', 'subjectAltName'],
  ])('is not trusted with the certificate %s', async (certificate, trusted, detail, advice) => {
    const { last, secure } = await verifyWith(certificate, trusted);
    expect(last).toMatchObject({ name: 'TLS', status: 'failed' });
    expect(last.detail).toMatch(/^by .+, until 2\d{3}-01-01: https:/);
    expect(last.detail.toLowerCase()).toContain(detail);
    expect(last.detail).toContain(advice);
    expect(secure.requests).toEqual([]);
  });

  test.each(['server', 'own-authority', 'self-signed'])(
    'is trusted with the certificate %s where it is named itself, or its authority',
    async (certificate) => {
      const trusted = certificate === 'server' ? 'ca' : certificate;
      const { ok, step } = await verifyWith(certificate, trusted);
      expect(step('TLS')?.status).toBe('ok');
      expect(ok).toBe(true);
    },
  );
});

/** A port that leads to Postgres, and drops the first `times` connections. */
async function startSleepyRelay(times: number) {
  let dropped = 0;
  const relay = createServer((client) => {
    client.on('error', () => {});
    if (dropped < times) {
      dropped += 1;
      client.once('data', () => client.destroy());
      return;
    }
    const server = connect(postgres.port, postgres.host);
    server.on('error', () => client.destroy());
    client.pipe(server).pipe(client);
    client.on('close', () => server.destroy());
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  onTestFinished(() => {
    relay.close();
  });
  return (relay.address() as AddressInfo).port;
}
