import {
  getLakebaseCredential,
  getLakebasePostgresToken,
  getLakebaseTokenStatus,
} from 'lakebase-token';
import { expect, test, vi } from 'vitest';
import { startWorker } from './support/workers';
import { startWorkspace } from './support/workspace';

const IDENTITY = { type: 'client-credentials', from: 'DATABRICKS_CLIENT_ID' };
const NOTHING_YET = { isFetching: false, tokens: 0, failures: 0, rejections: 0, fallbacks: 0 };

test('before the first call there is nothing to tell, and nothing is asked', async () => {
  const workspace = await startWorkspace();
  expect(getLakebaseTokenStatus()).toEqual({ ...NOTHING_YET, identity: IDENTITY });
  expect(workspace.requests).toHaveLength(0);
});

test('it tells the life of the token in use', async () => {
  const workspace = await startWorkspace({ latencyMs: 50 });
  const pending = getLakebasePostgresToken();
  expect(getLakebaseTokenStatus()).toEqual({
    ...NOTHING_YET,
    identity: IDENTITY,
    isFetching: true,
  });
  await pending;
  const { token, ...rest } = getLakebaseTokenStatus();
  expect(rest).toEqual({ ...NOTHING_YET, identity: IDENTITY, tokens: 1 });
  const { expiresAt } = await getLakebaseCredential();
  expect(token?.expiresAt).toEqual(expiresAt);
  expect(token?.issuedAt.getTime()).toBeLessThan(token?.renewsAt.getTime() ?? 0);
  expect(token?.renewsAt.getTime()).toBeLessThan(expiresAt.getTime());
  expect(workspace.requests).toHaveLength(2);
});

test('it counts renewals and failures, and keeps the last error', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 2000 } });
  await getLakebasePostgresToken();
  workspace.answer('postgresToken', 'permissionDenied');
  await vi.waitFor(async () => {
    await getLakebasePostgresToken().catch(() => {});
    expect(getLakebaseTokenStatus()).toMatchObject({
      failures: 1,
      lastFailure: { error: { code: 'ERR_LAKEBASE_FORBIDDEN', name: 'LakebaseTokenError' } },
    });
  }, 20_000);
  const { lastFailure } = getLakebaseTokenStatus();
  expect(lastFailure?.at).toBeInstanceOf(Date);
  expect(lastFailure?.error).toBeInstanceOf(Error);
  await vi.waitFor(async () => {
    await getLakebasePostgresToken().catch(() => {});
    expect(getLakebaseTokenStatus()).toMatchObject({ tokens: 2, failures: 1, lastFailure });
  }, 20_000);
});

test('variables that cannot be used are a failure of now', async () => {
  await startWorkspace();
  vi.stubEnv('LAKEBASE_ENDPOINT', '');
  expect(getLakebaseTokenStatus()).toMatchObject({
    ...NOTHING_YET,
    lastFailure: { error: { code: 'ERR_LAKEBASE_CONFIG_MISSING' } },
  });
});

test('every thread sees the same', async () => {
  const workspace = await startWorkspace();
  await getLakebasePostgresToken();
  const worker = startWorker(
    `const { getLakebaseTokenStatus } = require(${JSON.stringify(require.resolve('lakebase-token'))});
    parentPort.postMessage(getLakebaseTokenStatus());`,
    { env: { ...workspace.env } },
  );
  const status = await new Promise((resolve) => worker.once('message', resolve));
  await worker.terminate();
  expect(status).toEqual(getLakebaseTokenStatus());
});
