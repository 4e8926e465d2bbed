import {
  getLakebaseCredential,
  getLakebasePostgresToken,
  invalidateLakebasePostgresToken,
} from 'lakebase-token';
import { expect, test, vi } from 'vitest';
import { inWorkers } from './support/workers';
import { requestsOf, startWorkspace } from './support/workspace';

test('client credentials buy an access token, and that a Postgres token', async () => {
  const workspace = await startWorkspace();
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  expect(workspace.requests.map(({ step, status }) => [step, status])).toEqual([
    ['accessToken', 200],
    ['postgresToken', 200],
  ]);
});

test('a personal token is the access token', async () => {
  const workspace = await startWorkspace({ auth: 'personal-token' });
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  expect(requestsOf(workspace)).toEqual({ accessToken: 0, postgresToken: 1 });
});

test('a token that is held is handed out again, as the same promise', async () => {
  const workspace = await startWorkspace();
  const token = await getLakebasePostgresToken();
  const promise = getLakebasePostgresToken();
  expect(getLakebasePostgresToken()).toBe(promise);
  expect(await promise).toBe(token);
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
});

test('arguments are ignored, and stay on the hot path', async () => {
  const workspace = await startWorkspace();
  const token = await getLakebasePostgresToken();
  const withArguments = getLakebasePostgresToken as (...args: unknown[]) => Promise<string>;
  const connection = { user: 'app', signal: AbortSignal.abort(), timeoutMs: 0 };
  expect(withArguments(connection, 'more')).toBe(getLakebasePostgresToken());
  expect(await withArguments({})).toBe(token);
  expect(requestsOf(workspace).postgresToken).toBe(1);
});

test('a credential is the same token with its expiry', async () => {
  const workspace = await startWorkspace();
  const [credential, token] = await Promise.all([
    getLakebaseCredential(),
    getLakebasePostgresToken(),
  ]);
  const [issued] = workspace.issuedTokens;
  expect(credential.token).toBe(token);
  expect(credential.expiresAt).toBeInstanceOf(Date);
  expect(credential.expiresAt).toEqual(issued?.expiresAt);
  expect(requestsOf(workspace).postgresToken).toBe(1);
});

test('a thousand cold calls and four worker threads are one flight', async () => {
  const workspace = await startWorkspace({ latencyMs: 300 });
  const here = Promise.all(Array.from({ length: 1000 }, () => getLakebasePostgresToken()));
  const there = inWorkers(
    4,
    `
    return Promise.all(Array.from({ length: 250 }, () => getLakebasePostgresToken()));
  `,
  );
  const tokens = [...(await here), ...(await there).flat()];
  expect(tokens).toHaveLength(2000);
  expect(new Set(tokens)).toEqual(new Set([workspace.issuedTokens[0]?.token]));
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
});

test('a module that is evaluated again has the same cache', async () => {
  const workspace = await startWorkspace();
  const token = await getLakebasePostgresToken();
  vi.resetModules();
  const again = await import('lakebase-token');
  expect(await again.getLakebasePostgresToken()).toBe(token);
  for (const file of Object.keys(require.cache)) {
    delete require.cache[file];
  }
  const anew = require('lakebase-token') as typeof import('lakebase-token');
  expect(anew.getLakebasePostgresToken).not.toBe(getLakebasePostgresToken);
  expect(await anew.getLakebasePostgresToken()).toBe(token);
  expect(requestsOf(workspace).postgresToken).toBe(1);
});

test('a token that is refused as the one before it was is replaced after a pause', async () => {
  const workspace = await startWorkspace();
  const refuse = async () => {
    const token = await getLakebasePostgresToken();
    expect(invalidateLakebasePostgresToken(token)).toBe(true);
    return token;
  };
  const first = await refuse();
  const second = await refuse();
  expect(second).not.toBe(first);
  expect(await refuse()).toBe(second);
  expect((await getLakebaseCredential()).token).toBe(second);
  expect(requestsOf(workspace).postgresToken).toBe(2);
  await vi.waitUntil(async () => (await getLakebasePostgresToken()) !== second, {
    timeout: 30_000,
    interval: 5,
  });
  expect(requestsOf(workspace).postgresToken).toBe(3);
});

test('a stale token is served while one renewal runs', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 3000 } });
  const first = await getLakebasePostgresToken();
  // Through staleness and well past the first token's expiry, whatever the machine's speed.
  await vi.waitUntil(async () => (await getLakebasePostgresToken()) !== first, {
    timeout: 30_000,
    interval: 5,
  });
  expect(workspace.issuedTokens).toHaveLength(2);
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 2 });
});

test('nobody waits for a renewal', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 4000 } });
  const first = await getLakebasePostgresToken();
  workspace.answer('postgresToken', 'hang');
  await vi.waitUntil(
    () => {
      void getLakebasePostgresToken();
      return requestsOf(workspace).postgresToken === 2;
    },
    { timeout: 30_000, interval: 5 },
  );
  // The renewal hangs, and yet a settled promise is at hand.
  const pending = Symbol('pending');
  expect(await Promise.race([getLakebasePostgresToken(), Promise.resolve(pending)])).toBe(first);
});

test('an expired token is not handed out', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 1500 } });
  const first = await getLakebasePostgresToken();
  const [issued] = workspace.issuedTokens;
  await vi.waitUntil(() => Date.now() > (issued?.expiresAt.getTime() ?? 0), { timeout: 30_000 });
  expect(await getLakebasePostgresToken()).not.toBe(first);
});

test('an invalidated token is forgotten, and thirty reports cost one flight', async () => {
  const workspace = await startWorkspace();
  const first = await getLakebasePostgresToken();
  const reports = Array.from({ length: 30 }, () => invalidateLakebasePostgresToken(first));
  expect(reports.filter(Boolean)).toHaveLength(1);
  const tokens = await Promise.all(Array.from({ length: 30 }, () => getLakebasePostgresToken()));
  expect(new Set(tokens)).toEqual(new Set([workspace.issuedTokens[1]?.token]));
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 2 });
});

test("a report about yesterday's token costs nothing", async () => {
  const workspace = await startWorkspace();
  const first = await getLakebasePostgresToken();
  invalidateLakebasePostgresToken(first);
  const second = await getLakebasePostgresToken();
  expect(invalidateLakebasePostgresToken(first)).toBe(false);
  expect(invalidateLakebasePostgresToken('token-1')).toBe(false);
  expect(invalidateLakebasePostgresToken(undefined as unknown as string)).toBe(false);
  expect(await getLakebasePostgresToken()).toBe(second);
  expect(requestsOf(workspace).postgresToken).toBe(2);
});

test('an invalidated token is forgotten by worker threads too', async () => {
  const workspace = await startWorkspace();
  const first = await getLakebasePostgresToken();
  const [there] = await inWorkers<[string, boolean, string]>(
    1,
    `
    const before = await getLakebasePostgresToken();
    const wasInUse = invalidateLakebasePostgresToken(before);
    return [before, wasInUse, await getLakebasePostgresToken()];
  `,
  );
  expect(there).toEqual([first, true, workspace.issuedTokens[1]?.token]);
  expect(await getLakebasePostgresToken()).toBe(there?.[2]);
});

test('a workspace that starts or closes leaves no token to the next test', async () => {
  const earlier = await startWorkspace();
  const token = await getLakebasePostgresToken();
  const later = await startWorkspace();
  expect(await getLakebasePostgresToken()).toBe(later.issuedTokens[0]?.token);
  expect(later.issuedTokens[0]?.token).not.toBe(token);
  await later.close();
  await expect(getLakebasePostgresToken()).rejects.toMatchObject({
    code: 'ERR_LAKEBASE_UNAVAILABLE',
  });
  expect(earlier.issuedTokens).toHaveLength(1);
});
