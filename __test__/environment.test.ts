import {
  getLakebaseCredential,
  getLakebasePostgresToken,
  getLakebaseTokenStatus,
} from 'lakebase-token';
import { startWorkspaceEmulator } from 'lakebase-token/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { inWorkers } from './support/workers';
import { requestsOf, startWorkspace, useWorkspace } from './support/workspace';

const TOKEN = 'return getLakebasePostgresToken();';

async function startUnused() {
  const workspace = await startWorkspaceEmulator();
  onTestFinished(() => workspace.close());
  return workspace;
}

function unset(...names: string[]) {
  for (const name of names) vi.stubEnv(name, undefined);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

const VARIABLES = [
  'DATABRICKS_HOST',
  'LAKEBASE_ENDPOINT',
  'DATABRICKS_TOKEN',
  'DATABRICKS_CLIENT_ID',
  'DATABRICKS_CLIENT_SECRET',
];

test('the environment of this thread counts, stubbed as it is', async () => {
  const workspace = await startWorkspace();
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
});

test('a worker thread has a copy of it, or an environment of its own', async () => {
  const workspace = await startWorkspace();
  const other = await startUnused();
  const [copied] = await inWorkers(1, TOKEN);
  const [own] = await inWorkers(1, TOKEN, { env: { ...other.env } });
  expect(copied).toBe(workspace.issuedTokens[0]?.token);
  expect(own).toBe(other.issuedTokens[0]?.token);
});

test('two environments in one process do not disturb each other', async () => {
  const workspace = await startWorkspace();
  const other = await startUnused();
  const here = await getLakebasePostgresToken();
  const [there] = await inWorkers(1, TOKEN, { env: { ...other.env } });
  expect(there).not.toBe(here);
  expect(await getLakebasePostgresToken()).toBe(here);
  expect([requestsOf(workspace).postgresToken, requestsOf(other).postgresToken]).toEqual([1, 1]);
});

test('an environment that is loaded late counts from then on', async () => {
  unset(...VARIABLES);
  const workspace = await startUnused();
  await expect(getLakebasePostgresToken()).rejects.toMatchObject({
    code: 'ERR_LAKEBASE_CONFIG_MISSING',
  });
  useWorkspace(workspace);
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
});

test('an empty variable counts as unset', async () => {
  const workspace = await startWorkspace();
  useWorkspace(workspace, { DATABRICKS_CLIENT_SECRET: '' });
  await expect(getLakebasePostgresToken()).rejects.toMatchObject({
    code: 'ERR_LAKEBASE_CONFIG_MISSING',
    message: expect.stringContaining('DATABRICKS_CLIENT_SECRET is not'),
  });
});

test('a DATABRICKS_TOKEN wins over client credentials', async () => {
  const workspace = await startWorkspace();
  useWorkspace(workspace, { DATABRICKS_TOKEN: 'token-1' });
  await expect(getLakebasePostgresToken()).rejects.toMatchObject({
    code: 'ERR_LAKEBASE_UNAUTHENTICATED',
  });
  expect(requestsOf(workspace)).toEqual({ accessToken: 0, postgresToken: 1 });
});

test('variables that go bad later are no reason to fail while the token is usable', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 3000 } });
  const first = await getLakebasePostgresToken();
  vi.stubEnv('DATABRICKS_HOST', '');
  await vi.waitUntil(async () => (await getLakebasePostgresToken()) !== first, {
    timeout: 30_000,
    interval: 5,
  });
  expect(requestsOf(workspace).postgresToken).toBe(2);
});

test('a process.env that throws is an error, and what it throws is not shown', async () => {
  const original = process.env;
  onTestFinished(() => {
    process.env = original;
  });
  await startUnused();
  process.env = new Proxy(original, {
    get(variables, name) {
      if (name === 'LAKEBASE_ENDPOINT') throw new Error('canary');
      return Reflect.get(variables, name);
    },
  });
  const error = await getLakebasePostgresToken().catch((reason: Error) => reason);
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_CONFIG_INVALID' });
  expect(String(error)).not.toContain('canary');
});

/** Whoever reads this variable of `process.env` waits until that moment. */
function slowEnvironment(variable: string, moment: Date) {
  const original = process.env;
  onTestFinished(() => {
    process.env = original;
  });
  process.env = new Proxy(original, {
    get(variables, name) {
      while (name === variable && Date.now() <= moment.getTime());
      return Reflect.get(variables, name);
    },
  });
}

test.each([
  ['token', getLakebasePostgresToken],
  ['credential', async () => (await getLakebaseCredential()).token],
])('a %s that expires while process.env is read is not handed out', async (_, call) => {
  await startWorkspace({ lifetimeMs: { postgresToken: 2000 } });
  const { token, expiresAt } = await getLakebaseCredential();
  const isStale = () => Date.now() > Number(getLakebaseTokenStatus().token?.renewsAt ?? 0);
  await vi.waitUntil(isStale, { timeout: 30_000, interval: 5 });
  slowEnvironment('LAKEBASE_ENDPOINT', expiresAt);
  expect(await call()).not.toBe(token);
  expect(await getLakebasePostgresToken()).not.toBe(token);
});

test('a process.env that calls this package itself is answered', async () => {
  const workspace = await startWorkspace();
  const original = process.env;
  onTestFinished(() => {
    process.env = original;
  });
  let calls = 0;
  let inner: Promise<string> | undefined;
  process.env = new Proxy(original, {
    get(variables, name) {
      if (name === 'DATABRICKS_HOST' && calls++ === 0) inner = getLakebasePostgresToken();
      return Reflect.get(variables, name);
    },
  });
  expect(await getLakebasePostgresToken()).toBe(await inner);
  expect(requestsOf(workspace).postgresToken).toBe(1);
});
