import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { type EmulatorOptions, startWorkspaceEmulator } from 'lakebase-token/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { takenFrom } from '../js/cli/default_files.js';
import { shownValue } from '../js/cli/shown_value.js';
import { isWithin, reached } from '../js/cli/verify/store_step.js';
import { secretsOf } from '../js/foreign_text.js';
import { CA_FILE } from '../support/tls/keys.js';
import { newFolder, run } from './support/command_line';
import { hasRedis, startEncryptedRedis, startRedis } from './support/redis';
import { requestsOf } from './support/workspace';

/** For machines that are busy with something else. */
const PATIENCE_MS = 120_000;

const KEY = Buffer.alloc(32, 7).toString('base64');

async function startWorkspace(options: EmulatorOptions = {}) {
  const workspace = await startWorkspaceEmulator(options);
  onTestFinished(() => workspace.close());
  return workspace;
}

/** What `verify` says of the store, for people and for machines, and all that it says. */
async function verify(env: Record<string, string>, { cwd = newFolder() } = {}) {
  const told = await run(['verify'], { cwd, env });
  const { code, stdout } = await run(['verify', '--json'], { cwd, env });
  expect([told.code, code]).toEqual([0, 0]);
  const { steps } = JSON.parse(stdout);
  const step = steps.find(({ name }: { name: string }) => name === 'store');
  return { step, all: `${told.stdout}${told.stderr}${stdout}`, steps };
}

/** The emulator's variables are empty where they lead elsewhere, and so they are set. */
function withoutStore(env: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/_STORE(_KEY)?$/.test(name)));
}

async function unusedPort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe('verify', { timeout: PATIENCE_MS }, () => {
  test('has no such step where no store is set', async () => {
    const workspace = await startWorkspace();
    const env = { ...withoutStore(workspace.env), REDIS_URL: 'redis://x.test' };
    const { all } = await verify(env);
    expect(all).not.toMatch(/store|x\.test/i);
  });

  test.runIf(hasRedis)('tells whether a token is there, and asks the workspace', async () => {
    const redis = await startRedis(['--requirepass', 'canary-of-the-store']);
    const workspace = await startWorkspace();
    const url = redis.url.replace('//', '//:canary-of-the-store@');
    const env = { ...workspace.env, LAKEBASE_TOKEN_STORE: 'KV_URL', KV_URL: url };
    const place = `127.0.0.1:${redis.port} (KV_URL of LAKEBASE_TOKEN_STORE), without TLS`;
    const { step, all } = await verify(env);
    expect(step).toMatchObject({ status: 'ok', detail: `${place}; no token is there yet` });
    expect(all).not.toContain('canary');
    // It has put none there, either.
    expect((await verify(env)).step.detail).toContain('no token is there yet');
    expect(requestsOf(workspace).postgresToken).toBe(4);
    const { stdout } = await run(['token'], { cwd: newFolder(), env });
    expect(stdout.trim()).toBe(workspace.issuedTokens.at(-1)?.token);
    await expect
      .poll(async () => (await verify(env)).step.detail, { timeout: PATIENCE_MS })
      .toBe(`${place}; a token is there`);
  });

  test.runIf(hasRedis)('tells of TLS, and of a certificate that is not trusted', async () => {
    const redis = await startEncryptedRedis();
    const workspace = await startWorkspace();
    const env = { ...workspace.env, LAKEBASE_TOKEN_STORE: redis.tlsUrl };
    const trusted = await verify({ ...env, NODE_EXTRA_CA_CERTS: CA_FILE });
    expect(trusted.step).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('(LAKEBASE_TOKEN_STORE), by TLS; no token'),
    });
    const { step } = await verify(env);
    expect(step).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('cannot be reached by TLS: invalid peer certificate'),
    });
  });

  test('warns of a store that fails, and goes on', async () => {
    const workspace = await startWorkspace();
    const port = await unusedPort();
    const url = `redis://user:canary-1@127.0.0.1:${port}/1`;
    const { step, steps, all } = await verify({ ...workspace.env, LAKEBASE_TOKEN_STORE: url });
    expect(step).toMatchObject({
      status: 'warning',
      detail: `127.0.0.1:${port} cannot be reached: connection refused`,
      advice: expect.stringContaining(
        'from the workspace as without it. Check LAKEBASE_TOKEN_STORE',
      ),
    });
    expect(steps.at(-1).name).toBe('Postgres login');
    expect(all).not.toContain('canary');
  });

  test.each<[EmulatorOptions, string, string]>([
    [{ auth: 'personal-token' }, 'skipped', 'two people could share a token of this identity'],
    [{ auth: 'federation' }, 'warning', 'ID tokens have nothing that seals'],
  ])('says why it is not asked: %j', async (options, status, why) => {
    const workspace = await startWorkspace(options);
    const store = `redis://127.0.0.1:${await unusedPort()}`;
    const { step } = await verify({ ...workspace.env, LAKEBASE_TOKEN_STORE: store });
    expect(step).toMatchObject({ status, detail: expect.stringContaining(`is not asked: ${why}`) });
    const isKeyMissing = step.advice?.includes('LAKEBASE_TOKEN_STORE_KEY') ?? false;
    expect(isKeyMissing).toBe(status === 'warning');
  });

  test.runIf(hasRedis)('asks for ID tokens by the key, which nobody sees', async () => {
    const redis = await startRedis();
    const workspace = await startWorkspace({ auth: 'federation' });
    const store = { LAKEBASE_TOKEN_STORE: redis.url, LAKEBASE_TOKEN_STORE_KEY: KEY };
    const { step, all } = await verify({ ...workspace.env, ...store });
    expect(step.status).toBe('ok');
    expect(all).not.toContain(KEY.slice(0, 12));
  });

  test('names what is no store without the value', async () => {
    const workspace = await startWorkspace();
    for (const value of ['canary-canary', 'http://u:canary@x.test', 'redis://u:canary@x.test/y']) {
      const env = { ...workspace.env, LAKEBASE_TOKEN_STORE: value };
      const { code, stdout, stderr } = await run(['verify'], { cwd: newFolder(), env });
      expect(code).toBe(1);
      expect(stdout).toMatch(/LAKEBASE_TOKEN_STORE (is|has)/);
      expect(`${stdout}${stderr}`).not.toContain('canary');
    }
  });

  test('ignores one that a file chooses in which no identity stands', async () => {
    const workspace = await startWorkspace();
    const cwd = newFolder();
    const lines = [`LAKEBASE_TOKEN_STORE=redis://127.0.0.1:1`, `LAKEBASE_TOKEN_STORE_KEY=${KEY}`];
    writeFileSync(path.join(cwd, '.env'), lines.join('\n'));
    const { step, all } = await verify(withoutStore(workspace.env), { cwd });
    expect(step).toBeUndefined();
    expect(all).toContain('.env sets LAKEBASE_TOKEN_STORE, LAKEBASE_TOKEN_STORE_KEY: ignored');
  });
});

test.each([
  ['127.0.0.1:6379', true],
  ['localhost:6379', true],
  ['[::1]:6379', true],
  ['10.1.2.3:6379', true],
  ['172.31.0.1:6379', true],
  ['192.168.0.1:6379', true],
  ['100.64.0.1:6379', true],
  ['[fd00::1]:6379', true],
  ['172.32.0.1:6379', false],
  ['192.0.2.1:6379', false],
  ['[2001:db8::1]:6379', false],
  ['cache.invalid:6379', false],
])('verify warns of a store without TLS that is not within: %s', async (place, isPrivate) => {
  expect(await isWithin(place)).toBe(isPrivate);
  const plain = { place, isEncrypted: false, from: 'LAKEBASE_TOKEN_STORE' };
  const { status, advice = '' } = reached(plain, true, isPrivate);
  expect([status, advice.includes('rediss://')]).toEqual(
    isPrivate ? ['ok', false] : ['warning', true],
  );
  expect(reached({ ...plain, isEncrypted: true }, true, isPrivate).status).toBe('ok');
});

test('a file in which the identity stands is believed of its store', () => {
  const file = {
    DATABRICKS_CLIENT_ID: 'client-1',
    DATABRICKS_CLIENT_SECRET: 'secret-1',
    LAKEBASE_TOKEN_STORE: 'redis://cache.test',
  };
  expect(takenFrom(file, {}).own).toEqual(file);
});

test.each([
  ['redis://user:canary-1@cache.test:6379/0', ['canary-1']],
  ['rediss://:p%40canary@cache.test', ['p%40canary', 'p@canary']],
  ['rediss://canary-1@[::1]:6380', ['canary-1']],
  ['redis://cache.test:6379', []],
  // Half a password may stand where the host should.
  ['redis://canary/1@cache.test', ['redis://canary/1@cache.test', 'canary']],
  ['redis://user:1#canary@cache.test', ['redis://user:1#canary@cache.test', 'user']],
  ['redis://user:%canary@cache.test', ['%canary']],
  ['canary-1', ['canary-1']],
])('of the store %s only %j is a secret', (url, secrets) => {
  expect([...new Set(secretsOf({ LAKEBASE_TOKEN_STORE: url }))]).toEqual(secrets);
  if (url.includes('://')) {
    const named = { LAKEBASE_TOKEN_STORE: 'KV_URL', KV_URL: url };
    expect([...new Set(secretsOf(named))]).toEqual(secrets);
  }
  expect(shownValue('LAKEBASE_TOKEN_STORE', { LAKEBASE_TOKEN_STORE: url })).toBe('…');
});
