import { getEventListeners } from 'node:events';
import { getLakebaseCredential, getLakebasePostgresToken } from 'lakebase-token';
import { expect, test, vi } from 'vitest';
import { runProgram } from './support/programs';
import { requestsOf, startWorkspace } from './support/workspace';

test('an aborted caller leaves with the reason, and the flight goes on for the others', async () => {
  const workspace = await startWorkspace({ latencyMs: 200 });
  const leaving = new AbortController();
  const left = getLakebaseCredential({ signal: leaving.signal });
  const stays = getLakebaseCredential({ signal: new AbortController().signal });
  leaving.abort(new Error('the tab was closed'));
  await expect(left).rejects.toThrow('the tab was closed');
  expect((await stays).token).toBe(workspace.issuedTokens[0]?.token);
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
});

test('a signal that has aborted before sends nothing', async () => {
  const workspace = await startWorkspace();
  const call = getLakebaseCredential({ signal: AbortSignal.abort() });
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  expect(workspace.requests).toHaveLength(0);
});

test('a signal that aborts later does nothing, and is no longer listened to', async () => {
  await startWorkspace();
  const controller = new AbortController();
  const remove = vi.spyOn(controller.signal, 'removeEventListener');
  const { token } = await getLakebaseCredential({ signal: controller.signal });
  controller.abort();
  expect(token).toBe(await getLakebasePostgresToken());
  expect(remove).toHaveBeenCalledTimes(1);
});

test('calls that share a signal listen to it once, and all leave', async () => {
  const workspace = await startWorkspace();
  workspace.answer('postgresToken', { delivery: 'hang', times: Number.POSITIVE_INFINITY });
  const leaving = new AbortController();
  const { signal } = leaving;
  const add = vi.spyOn(signal, 'addEventListener');
  const calls = Array.from({ length: 50 }, () => getLakebaseCredential({ signal }));
  const outlived = getLakebaseCredential({ signal, timeoutMs: 20 });
  await expect(outlived).rejects.toMatchObject({ code: 'ERR_LAKEBASE_TIMEOUT' });
  expect(add).toHaveBeenCalledTimes(1);
  leaving.abort('left');
  const ends = await Promise.allSettled(calls);
  expect(ends).toEqual(ends.map(() => ({ status: 'rejected', reason: 'left' })));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('an aborted caller does not keep the process alive', async () => {
  const workspace = await startWorkspace();
  workspace.answer('accessToken', { delivery: 'hang', times: Number.POSITIVE_INFINITY });
  const startedAt = Date.now();
  const ended = await runProgram(
    `import { getLakebaseCredential } from 'lakebase-token';
    const controller = new AbortController();
    const call = getLakebaseCredential({ signal: controller.signal, timeoutMs: 600_000 });
    controller.abort(new Error('left'));
    await call.catch((error) => console.log(error.message));`,
    workspace.env,
  );
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: 'left\n' });
  expect(Date.now() - startedAt).toBeLessThan(60_000);
});

test('verify hears of an access token while the Postgres token is still on its way', async () => {
  const workspace = await startWorkspace();
  workspace.answer('postgresToken', { delivery: 'hang', times: Number.POSITIVE_INFINITY });
  const ended = await runProgram(
    `import { getLakebaseCredential } from 'lakebase-token';
    import native from 'lakebase-token/native';
    const controller = new AbortController();
    const call = getLakebaseCredential({ signal: controller.signal, timeoutMs: 600_000 });
    const expiry = await native.accessTokenExpiry(process.env);
    controller.abort(new Error('left'));
    await call.catch((error) => console.log(error.message, expiry > new Date()));`,
    workspace.env,
  );
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: 'left true\n' });
});

test('patience ends when the caller says so, with the reason of the last attempt', async () => {
  const workspace = await startWorkspace();
  workspace.answer('accessToken', [
    { status: 503, body: { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'busy' } },
    'hang',
  ]);
  const error = await getLakebaseCredential({ timeoutMs: 2_500 }).catch((reason) => reason);
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_TIMEOUT', retryable: true, status: 503 });
  expect(error.message).toContain('No token within 2.5 s');
  expect(error.message).toContain('answered 503 TEMPORARILY_UNAVAILABLE: “busy”');
});

test('patience that ends before the first answer says so', async () => {
  const workspace = await startWorkspace();
  workspace.answer('accessToken', 'hang');
  await expect(getLakebaseCredential({ timeoutMs: 50 })).rejects.toMatchObject({
    code: 'ERR_LAKEBASE_TIMEOUT',
    message: expect.stringContaining('No token within 0.05 s: no answer yet'),
  });
});

test('who needs more life gets a new token, which everybody gets from then on', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 600_000 } });
  const first = await getLakebaseCredential();
  workspace.setLifetime({ postgresToken: 3_600_000 });
  expect(await getLakebaseCredential({ minLifetimeMs: 500_000 })).toEqual(first);
  // As good as new, so it serves whoever needs more than is given.
  expect(await getLakebaseCredential({ minLifetimeMs: 3_000_000 })).toEqual(first);
  expect(requestsOf(workspace).postgresToken).toBe(1);
});

test('an option that cannot be used is refused, and nothing is sent', async () => {
  const workspace = await startWorkspace();
  for (const options of [
    { timeoutMs: '9' },
    { timeoutMs: -1 },
    { timeoutMs: Number.NaN },
    { minLifetimeMs: Number.POSITIVE_INFINITY },
    { minLifetimeMs: null },
    { signal: 'stop' },
    { signal: new EventTarget() },
    { signal: { aborted: false } },
    { signal: { aborted: false, addEventListener() {} } },
  ]) {
    const call = getLakebaseCredential(options as never);
    await expect(call, JSON.stringify(options)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE)$/),
    });
  }
  expect(workspace.requests).toHaveLength(0);
});

test('a signal that throws when it is listened to rejects the call, and leaves nothing unhandled', async () => {
  const workspace = await startWorkspace();
  workspace.answer('accessToken', 'invalidClient');
  const ended = await runProgram(
    `import { getLakebaseCredential, getLakebaseTokenStatus } from 'lakebase-token';
    const { signal } = new AbortController();
    signal.addEventListener = () => { throw new Error('no listeners'); };
    await getLakebaseCredential({ signal }).catch((error) => console.log(error.message));
    process.on('exit', () => console.log(getLakebaseTokenStatus().failures));`,
    workspace.env,
  );
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: 'no listeners\n1\n' });
});
