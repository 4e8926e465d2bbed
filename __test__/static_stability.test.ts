import {
  type EmulatorOptions,
  type FaultName,
  faults,
  startWorkspaceEmulator,
  type WorkspaceEmulator,
} from 'lakebase-token/testing';
import { describe, expect, type TestContext, test, vi } from 'vitest';
import { type Call, startTraffic } from './support/traffic';
import { inQuietWorker } from './support/workers';
import { requestsOf } from './support/workspace';

const ALWAYS = Number.POSITIVE_INFINITY;

/** A workspace for worker threads alone: these tests run beside each other in one environment. */
async function startWorkspace(
  { onTestFinished }: TestContext,
  options?: EmulatorOptions,
): Promise<WorkspaceEmulator> {
  const workspace = await startWorkspaceEmulator(options);
  onTestFinished(() => workspace.close());
  return workspace;
}

const until = (condition: () => boolean) =>
  vi.waitUntil(condition, { timeout: 60_000, interval: 5 });

const passed = (ms: number, since = Date.now()) => until(() => Date.now() - since >= ms);

const failed = (calls: Call[]) => calls.filter(({ code }) => code !== undefined);

/** Which calls got a token whose real expiry was past. */
function dead(calls: Call[], { issuedTokens }: WorkspaceEmulator) {
  return calls.filter(({ token, until }) => {
    const issued = token === undefined ? undefined : issuedTokens[token - 1];
    return issued !== undefined && until >= issued.expiresAt.getTime();
  });
}

describe.concurrent('what a caller notices of', () => {
  test('a clock an hour off is not noticed, and costs no request', async (context) => {
    const lifetimeMs = { postgresToken: 9_000 };
    const hour = 3_600_000;
    const skewed = await Promise.all(
      [0, hour, -hour].map(async (clockSkewMs) => {
        const workspace = await startWorkspace(context, { lifetimeMs, clockSkewMs });
        const traffic = startTraffic(workspace.env, 10);
        await until(() => requestsOf(workspace).postgresToken === 4);
        return { workspace, calls: await traffic.stop() };
      }),
    );
    for (const { workspace, calls } of skewed) {
      const asked = workspace.requests.filter(({ step }) => step === 'postgresToken');
      const sinceTheFirstCall = asked.map(
        ({ receivedAt }) => Number(receivedAt) - (calls[0]?.at ?? 0),
      );
      // With a right clock renewals are due after 4.5 to 4.95 s each. `Date` has whole seconds:
      // with another clock a life may seem up to a second shorter, and they are due after 4 to 4.95.
      // That of a busy machine comes later, and is no request more.
      for (const [renewal, ms] of sinceTheFirstCall.entries()) {
        expect(ms).toBeGreaterThanOrEqual(renewal * 4_000);
      }
      expect(requestsOf(workspace).accessToken).toBe(1);
      const served = calls.findIndex(({ waited }) => !waited);
      expect(calls.slice(served).filter(({ waited }) => waited)).toEqual([]);
      expect(failed(calls)).toEqual([]);
      expect(dead(calls, workspace)).toEqual([]);
    }
  });

  test.each<FaultName>(['unavailable', 'reset', 'hang', 'rateLimited', 'permissionDenied'])(
    'an outage (%s) of a third of a lifetime that begins with the renewal is not noticed',
    async (fault) => {
      await using workspace = await startWorkspaceEmulator({
        lifetimeMs: { postgresToken: 9_000 },
      });
      workspace.answer('postgresToken', [{ delayMs: 0 }, { ...faults[fault], times: ALWAYS }]);
      const traffic = startTraffic(workspace.env);
      await until(() => requestsOf(workspace).postgresToken === 2);
      await passed(3_000);
      workspace.answer('postgresToken', null);
      await until(() => workspace.issuedTokens.length === 2);
      await traffic.next('token');
      const calls = await traffic.stop();
      expect(failed(calls)).toEqual([]);
      expect(dead(calls, workspace)).toEqual([]);
      expect(calls.at(-1)?.token).toBe(2);
    },
  );

  test('an outage that outlasts the token are typed errors, from its usable end until the service is back', async (context) => {
    const workspace = await startWorkspace(context, { lifetimeMs: { postgresToken: 6_000 } });
    workspace.answer('postgresToken', [{ delayMs: 0 }, { ...faults.unavailable, times: ALWAYS }]);
    const traffic = startTraffic(workspace.env);
    await traffic.next('error');
    await traffic.next('error');
    workspace.answer('postgresToken', null);
    const requestsOfOutage = workspace.requests.length;
    await traffic.next('token');
    const calls = await traffic.stop();
    const begun = calls[0]?.at ?? 0;
    const errors = failed(calls);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(error).toMatchObject({ name: 'LakebaseTokenError', retryable: true });
      expect(error.code).toMatch(/^ERR_LAKEBASE_(UNAVAILABLE|TIMEOUT)$/);
      expect(error.message).toContain('answered 503 TEMPORARILY_UNAVAILABLE');
      // The token's life is counted from some moment after the first call.
      expect(error.until - begun).toBeGreaterThanOrEqual(0.9 * 6_000);
    }
    expect(dead(calls, workspace)).toEqual([]);
    // Whoever got through to the service had a token: no pause was followed by another failure.
    expect(workspace.requests.slice(requestsOfOutage).map(({ status }) => status)).toEqual([200]);
    expect(calls.at(-1)?.token).toBe(2);
  });

  test('a renewal that takes two seconds is not noticed: nobody waits', async (context) => {
    const workspace = await startWorkspace(context, { lifetimeMs: { postgresToken: 16_000 } });
    const traffic = startTraffic(workspace.env);
    await until(() => workspace.issuedTokens.length === 1);
    workspace.setLatency(2_000);
    await until(() => workspace.issuedTokens.length === 2);
    await traffic.next('token');
    await passed(200);
    const calls = await traffic.stop();
    const served = calls.findIndex(({ waited }) => !waited);
    expect(calls.slice(served).filter(({ waited, code }) => waited || code)).toEqual([]);
    expect(calls.at(-1)?.token).toBe(2);
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 2 });
  });

  test('revoked access tokens are not noticed: the renewal gets another', async (context) => {
    const workspace = await startWorkspace(context, { lifetimeMs: { postgresToken: 4_000 } });
    const traffic = startTraffic(workspace.env);
    await until(() => workspace.issuedTokens.length === 1);
    workspace.revokeAccessTokens();
    await until(() => workspace.issuedTokens.length === 2);
    await traffic.next('token');
    const calls = await traffic.stop();
    expect(failed(calls)).toEqual([]);
    expect(requestsOf(workspace)).toEqual({ accessToken: 2, postgresToken: 3 });
  });
});

describe.concurrent('what a workspace notices of', () => {
  /**
   * After a flight that failed come pauses of at least 0.75, 1.5, 3, 6, 12 and 22.5 s. So at most five
   * flights begin within 12 s, and seven within a minute. A flight is one attempt, or five of what may
   * pass by itself: at most 35 requests a minute.
   */
  test.each([
    ['accessToken', 503, 25],
    ['postgresToken', 503, 25],
    ['accessToken', 500, 5],
    ['postgresToken', 403, 5],
  ] as const)(
    'a thousand calls a second, when it answers the request for the %s with %i, is %i requests in 12 s',
    async (step, status, most) => {
      await using workspace = await startWorkspaceEmulator();
      workspace.answer(step, { status, times: ALWAYS });
      const { value, stderr } = await inQuietWorker<{ calls: number; codes: string[] }>(
        `const codes = new Set();
        const startedAt = performance.now();
        let calls = 0;
        while (calls < 12_000) {
          // On a machine that is busy they come late, and all are made.
          for (const due = performance.now() - startedAt; calls < due; calls += 1) {
            getLakebasePostgresToken().then(() => codes.add('token'), ({ code }) => codes.add(code));
          }
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        return { calls, codes: [...codes] };`,
        workspace.env,
      );
      expect(stderr).toBe('');
      expect(value.calls).toBeGreaterThanOrEqual(12_000);
      for (const code of value.codes) {
        expect(code).toMatch(/^ERR_LAKEBASE_(UNAVAILABLE|TIMEOUT|FORBIDDEN)$/);
      }
      expect(requestsOf(workspace)[step]).toBeGreaterThan(2);
      expect(requestsOf(workspace)[step]).toBeLessThanOrEqual(most);
    },
  );

  test.each<FaultName | 'revoked'>([
    'revoked',
    'unauthenticated',
    'invalidAccessToken',
    'invalidAccessTokenWithTextCode',
    'accessTokenExpiring',
  ])('an access token that is refused (%s) is one request more of each kind', async (fault) => {
    await using workspace = await startWorkspaceEmulator({
      onPostgresToken: ({ number }) => {
        if (fault === 'revoked' && number === 1) workspace.revokeAccessTokens();
      },
    });
    if (fault !== 'revoked') workspace.answer('postgresToken', [{ delayMs: 0 }, fault]);
    const { value } = await inQuietWorker<string[]>(
      `invalidateLakebasePostgresToken(await getLakebasePostgresToken());
      return Promise.all(Array.from({ length: 30 }, () => getLakebasePostgresToken()));`,
      workspace.env,
    );
    expect(new Set(value)).toEqual(new Set([workspace.issuedTokens[1]?.token]));
    expect(requestsOf(workspace)).toEqual({ accessToken: 2, postgresToken: 3 });
  });
});

// Not beside the others: 64 configurations are many for the process that they share.
test('a workspace that refuses is asked once in a pause, though the process has tokens of 64 others', async () => {
  await using others = await startWorkspaceEmulator({ auth: 'personal-token' });
  await using workspace = await startWorkspaceEmulator({ auth: 'personal-token' });
  const token = { token: 'postgres-token-1-other', expire_time: '2099-12-31T00:00:00Z' };
  others.answer('postgresToken', { body: token, times: ALWAYS });
  workspace.answer('postgresToken', { ...faults.permissionDenied, times: ALWAYS });
  const { value } = await inQuietWorker<number>(
    `const mine = { ...process.env };
    for (let number = 1; number <= 64; number += 1) {
      const endpoint = 'projects/p' + number + '/branches/b/endpoints/e';
      process.env = { ...JSON.parse(mine.OTHERS), LAKEBASE_ENDPOINT: endpoint };
      await getLakebaseCredential();
    }
    process.env = mine;
    const startedAt = performance.now();
    for (let calls = 0; calls < 50; calls += 1) await getLakebasePostgresToken().catch(() => {});
    return performance.now() - startedAt;`,
    { ...workspace.env, OTHERS: JSON.stringify(others.env) },
  );
  expect(requestsOf(others).postgresToken).toBe(64);
  // The first pauses are at least 750 ms long.
  expect(requestsOf(workspace).postgresToken).toBeLessThanOrEqual(1 + Math.floor(value / 750));
});
