import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import {
  createLakebaseTokens,
  getLakebaseCredential,
  getLakebasePostgresToken,
  getLakebaseTokenStatus,
  invalidateLakebasePostgresToken,
} from 'lakebase-token';
import { expect, onTestFinished, test, vi } from 'vitest';
import { on, published } from './support/events';
import { runProgram } from './support/programs';
import { requestsOf, startWorkspace } from './support/workspace';

const ENDPOINT = 'projects/test-project/branches/main/endpoints/primary';
const PLACE = { workspace: '127.0.0.1', endpoint: ENDPOINT };
const SHORT = { lifetimeMs: { postgresToken: 2_500 } };

/** Until the token in use is due for its renewal. */
const untilDue = () =>
  vi.waitFor(() => {
    const { token } = getLakebaseTokenStatus();
    expect(token?.renewsAt.getTime()).toBeLessThan(Date.now());
  }, 20_000);

/** Until a fetch has ended, and been told of. */
const untilTold = (all: ReturnType<typeof published>, count: number) =>
  vi.waitFor(() => expect(on(all, 'fetch asyncEnd')).toHaveLength(count), 20_000);

test('a first token is a fetch, and each caller who gets none at once a wait', async () => {
  const workspace = await startWorkspace();
  const all = published();
  await Promise.all([
    getLakebasePostgresToken(),
    getLakebaseCredential(),
    getLakebasePostgresToken(),
  ]);
  expect(all.map(({ channel }) => channel)).toEqual([
    ...['fetch start', 'fetch end'],
    ...['wait start', 'wait end', 'wait start', 'wait end', 'wait start', 'wait end'],
    ...['fetch asyncStart', 'fetch asyncEnd'],
    ...['wait asyncStart', 'wait asyncEnd', 'wait asyncStart', 'wait asyncEnd'],
    ...['wait asyncStart', 'wait asyncEnd'],
  ]);
  const [begun] = on(all, 'fetch start');
  const identity = 'client-credentials';
  expect(begun).toEqual({
    ...{ ...PLACE, identity, reason: 'first', isBackground: false, startedAt: expect.any(Date) },
  });
  const [ended] = on(all, 'fetch asyncEnd');
  const { token } = getLakebaseTokenStatus();
  const endedAt = expect.any(Date);
  expect(ended).toEqual({ ...begun, endedAt, attempts: 2, outcome: 'obtained', token });
  for (const wait of on(all, 'wait asyncEnd')) {
    expect(wait).toEqual({ ...PLACE, startedAt: endedAt, endedAt, outcome: 'token' });
  }

  all.length = 0;
  await Promise.all([getLakebasePostgresToken(), getLakebaseCredential()]);
  expect(all).toEqual([]);
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
});

test('what a fetch tells is published before the promises settle that wait for it', async () => {
  await startWorkspace();
  const order: string[] = [];
  const all = published(() => order.push(all.at(-1)?.channel ?? ''));
  const settled = () => order.push('settled');
  await Promise.all([
    getLakebasePostgresToken().then(settled),
    getLakebaseCredential().then(settled),
  ]);
  expect(order.indexOf('fetch asyncEnd')).toBeLessThan(order.indexOf('settled'));
  expect(order.filter((what) => what === 'wait asyncEnd' || what === 'settled')).toEqual([
    ...['wait asyncEnd', 'settled', 'wait asyncEnd', 'settled'],
  ]);
});

test('a fetch that has ended before its beginning is told keeps that order, and is in no request', async () => {
  const workspace = await startWorkspace();
  const ended = await runProgram(
    `import { AsyncLocalStorage } from 'node:async_hooks';
    import { subscribe } from 'node:diagnostics_channel';
    import { getLakebasePostgresToken, getLakebaseTokenStatus } from 'lakebase-token';
    const request = new AsyncLocalStorage();
    const order = [];
    subscribe('tracing:lakebase-token:fetch:start', () => {
      while (getLakebaseTokenStatus().isFetching);
    });
    subscribe('tracing:lakebase-token:fetch:asyncEnd', () => order.push('end ' + request.getStore()));
    await request.run('request', getLakebasePostgresToken).then(() => order.push('settled'));
    console.log(order.join());`,
    { ...workspace.env },
  );
  expect(ended).toMatchObject({ code: 0, stdout: 'end undefined,settled\n', stderr: '' });
});

test('the beginning is in the context of the call, and the end in none', async () => {
  await startWorkspace();
  const request = new AsyncLocalStorage<string>();
  const stores: Record<string, (string | undefined)[]> = {};
  const all = published(() => {
    const { channel } = all.at(-1) ?? { channel: '' };
    stores[channel] = [...(stores[channel] ?? []), request.getStore()];
  });
  await Promise.all(
    ['one', 'two'].map((name) => request.run(name, () => getLakebasePostgresToken())),
  );
  expect(stores).toEqual({
    'fetch start': ['one'],
    'fetch end': ['one'],
    'wait start': ['one', 'two'],
    'wait end': ['one', 'two'],
    'fetch asyncStart': [undefined],
    'fetch asyncEnd': [undefined],
    'wait asyncStart': [undefined, undefined],
    'wait asyncEnd': [undefined, undefined],
  });
});

test('a store can be bound to the beginning', async () => {
  await startWorkspace();
  const bound: unknown[] = [];
  const store = new AsyncLocalStorage<string>();
  const start = channel('tracing:lakebase-token:fetch:start');
  start.bindStore(store, (context) => {
    bound.push(context);
    return 'a span';
  });
  onTestFinished(() => {
    start.unbindStore(store);
  });
  await getLakebasePostgresToken();
  expect(bound).toEqual([expect.objectContaining({ reason: 'first' })]);
  expect(store.getStore()).toBe(undefined);
});

test('a renewal in the background that fails keeps the token, and the next one succeeds', async () => {
  const workspace = await startWorkspace(SHORT);
  const token = await getLakebasePostgresToken();
  const all = published();
  await untilDue();
  workspace.answer('postgresToken', 'permissionDenied');
  expect(await getLakebasePostgresToken()).toBe(token);
  await untilTold(all, 1);
  const [renewal] = on(all, 'fetch error');
  const error = expect.objectContaining({ code: 'ERR_LAKEBASE_FORBIDDEN', status: 403 });
  const [retryAt, { token: life }] = [renewal?.retryAt, getLakebaseTokenStatus()];
  expect(renewal).toMatchObject({ reason: 'renewal', isBackground: true, attempts: 1 });
  expect(renewal).toMatchObject({ outcome: 'kept', error, token: life });
  expect(retryAt?.getTime()).toBeGreaterThan(renewal?.endedAt?.getTime() ?? Infinity);
  expect(on(all, 'attempt-failed')).toEqual([
    {
      ...{ fetch: expect.objectContaining({ reason: 'renewal' }), attempt: 1 },
      ...{ request: 'postgres-token', at: expect.any(Date), error },
    },
  ]);
  expect(on(all, 'wait start')).toEqual([]);
  await vi.waitFor(async () => {
    await getLakebasePostgresToken();
    expect(on(all, 'fetch asyncEnd').at(-1)).toMatchObject({ outcome: 'obtained' });
  }, 20_000);
});

test('an attempt that is made again tells when', async () => {
  const workspace = await startWorkspace();
  const all = published();
  workspace.answer('accessToken', 'unavailable');
  workspace.answer('postgresToken', ['unavailable', 'rateLimited']);
  await getLakebasePostgresToken();
  const attempts = on(all, 'attempt-failed');
  expect(attempts.map(({ request, attempt, error }) => [request, attempt, error.code])).toEqual([
    ['access-token', 1, 'ERR_LAKEBASE_UNAVAILABLE'],
    ['postgres-token', 1, 'ERR_LAKEBASE_UNAVAILABLE'],
    ['postgres-token', 2, 'ERR_LAKEBASE_RATE_LIMITED'],
  ]);
  for (const { at, retryAt } of attempts) {
    expect(retryAt?.getTime()).toBeGreaterThanOrEqual(at.getTime());
  }
  expect(on(all, 'fetch asyncEnd')).toMatchObject([{ attempts: 5, outcome: 'obtained' }]);
  expect(on(all, 'fetch error')).toEqual([]);
});

test('a caller who fails, also one who fails at once, is a wait that fails', async () => {
  const workspace = await startWorkspace();
  const all = published();
  workspace.answer('postgresToken', 'permissionDenied');
  const errors: unknown[] = [];
  for (const call of [getLakebasePostgresToken, getLakebasePostgresToken, getLakebaseCredential]) {
    errors.push(await call().then(String, (error: unknown) => error));
  }
  const failed = on(all, 'wait error');
  expect(failed.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
  // The very error that the caller got.
  expect(failed.every(({ error }, index) => error === errors[index])).toBe(true);
  expect(on(all, 'wait asyncEnd')).toEqual(failed);
  const code = 'ERR_LAKEBASE_FORBIDDEN';
  expect(on(all, 'fetch error')).toMatchObject([{ outcome: 'failed', error: { code } }]);
  expect(on(all, 'fetch asyncEnd')[0]).not.toHaveProperty('token');
});

test('variables that cannot be used are a fetch without a request', async () => {
  await startWorkspace();
  vi.stubEnv('LAKEBASE_ENDPOINT', '');
  const all = published();
  await expect(getLakebasePostgresToken()).rejects.toThrow();
  await expect(createLakebaseTokens().getCredential()).rejects.toThrow();
  const [startedAt, endedAt] = [expect.any(Date), expect.any(Date)];
  const error = expect.objectContaining({ code: 'ERR_LAKEBASE_CONFIG_MISSING' });
  const fetch = { reason: 'first', isBackground: false, startedAt, endedAt, attempts: 0 };
  const failed = { outcome: 'failed', error };
  expect(on(all, 'fetch asyncEnd')).toEqual([
    { ...fetch, ...failed },
    { ...fetch, ...failed },
  ]);
  expect(on(all, 'wait asyncEnd')).toEqual([
    { startedAt, endedAt, ...failed },
    { startedAt, endedAt, ...failed },
  ]);
});

test('a refused token is told of once, and its replacement has that reason', async () => {
  await startWorkspace();
  const all = published();
  const { token, expiresAt } = await getLakebaseCredential();
  const { issuedAt } = getLakebaseTokenStatus().token ?? {};
  for (let report = 0; report < 3; report += 1) invalidateLakebasePostgresToken(token);
  expect(on(all, 'rejected')).toEqual([{ ...PLACE, token: { issuedAt, expiresAt } }]);
  await getLakebasePostgresToken();
  expect(on(all, 'fetch start').map(({ reason }) => reason)).toEqual(['first', 'rejected']);
  expect(getLakebaseTokenStatus()).toMatchObject({ rejections: 1, tokens: 2 });
});

test('who is served a token that was refused still waits for nothing', async () => {
  await startWorkspace();
  invalidateLakebasePostgresToken(await getLakebasePostgresToken());
  const token = await getLakebasePostgresToken();
  expect(invalidateLakebasePostgresToken(token)).toBe(true);
  const all = published();
  const calls = [getLakebasePostgresToken(), getLakebaseCredential(), getLakebasePostgresToken()];
  await Promise.all(calls);
  expect(all).toEqual([]);
});

test('a wish for more life is a reason', async () => {
  await startWorkspace(SHORT);
  await getLakebasePostgresToken();
  const all = published();
  await vi.waitFor(async () => {
    await getLakebaseCredential({ minLifetimeMs: 2_490 });
    expect(on(all, 'fetch start')).toMatchObject([{ reason: 'more-life', isBackground: false }]);
  }, 20_000);
});

test('a token that has expired is a reason', async () => {
  await startWorkspace({ lifetimeMs: { postgresToken: 1_500 } });
  await getLakebasePostgresToken();
  const all = published();
  await vi.waitFor(() => expect(getLakebaseTokenStatus()).not.toHaveProperty('token'), 20_000);
  await getLakebasePostgresToken();
  expect(on(all, 'fetch start')).toMatchObject([{ reason: 'expired', isBackground: false }]);
});

test('a caller who leaves is a wait that ends without an error', async () => {
  const workspace = await startWorkspace();
  const all = published();
  workspace.answer('accessToken', { delayMs: 200 });
  const controller = new AbortController();
  const leaves = getLakebaseCredential({ signal: controller.signal });
  controller.abort();
  await expect(leaves).rejects.toThrow();
  expect(on(all, 'wait asyncEnd')).toMatchObject([{ outcome: 'aborted' }]);
  expect(on(all, 'wait error')).toEqual([]);
  await untilTold(all, 1);
});

test('a caller who gets the token of before is a wait that falls back', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 8_000 } });
  const token = await getLakebasePostgresToken();
  const all = published();
  // In the last quarter of its life callers wait for its renewal.
  await vi.waitFor(() => {
    const { expiresAt } = getLakebaseTokenStatus().token ?? {};
    expect(Number(expiresAt) - Date.now()).toBeLessThan(1_950);
  }, 20_000);
  workspace.answer('postgresToken', 'permissionDenied');
  const calls = [getLakebasePostgresToken, getLakebasePostgresToken, getLakebaseCredential];
  const [first, second, credential] = await Promise.all(calls.map((call) => call()));
  expect([first, second, credential]).toMatchObject([token, token, { token }]);
  const error = expect.objectContaining({ code: 'ERR_LAKEBASE_FORBIDDEN' });
  const fallback = { outcome: 'fallback', error };
  expect(on(all, 'wait asyncEnd')).toMatchObject([fallback, fallback, fallback]);
  expect(on(all, 'wait error')).toEqual([]);
  expect(getLakebaseTokenStatus().fallbacks).toBe(3);
});

test('a provider tells of itself, and of the kind of its identity', async () => {
  const workspace = await startWorkspace({ auth: 'personal-token', endpoint: [ENDPOINT, OTHER] });
  const all = published();
  const accessToken = () => String(workspace.env.DATABRICKS_TOKEN);
  await createLakebaseTokens({ endpoint: OTHER, identity: { accessToken } }).getToken();
  expect(on(all, 'fetch asyncEnd')).toMatchObject([
    { endpoint: OTHER, identity: 'access-token', attempts: 1, outcome: 'obtained' },
  ]);
});

test('nothing that is published holds a secret', async () => {
  const workspace = await startWorkspace({ ...SHORT, auth: 'federation' });
  vi.stubEnv('DATABRICKS_OIDC_TOKEN', '');
  const shown: string[] = [];
  const all = published(() => {
    shown.push(inspect(all.at(-1), { depth: 10, showHidden: true }), JSON.stringify(all.at(-1)));
  });
  const idToken = workspace.issueIdToken();
  const clientId = String(workspace.env.DATABRICKS_CLIENT_ID);
  const tokens = createLakebaseTokens({ identity: { clientId, idToken: () => idToken } });
  const token = await tokens.getToken();
  workspace.answer('postgresToken', 'permissionDenied');
  tokens.invalidate(token);
  await tokens.getToken().catch(() => {});
  workspace.answer('accessToken', { status: 400, body: { error: idToken } });
  const others = { clientId, idToken: () => `${idToken}x` };
  await createLakebaseTokens({ identity: others })
    .getToken()
    .catch(() => {});
  expect(shown.length).toBeGreaterThan(20);
  const secrets = [idToken, clientId, ...workspace.issuedTokens.map((issued) => issued.token)];
  for (const secret of secrets) {
    expect(shown.filter((text) => text.includes(secret))).toEqual([]);
  }
});

test('who comes while a fetch is under way hears of the next one', async () => {
  await startWorkspace({ latencyMs: 50 });
  const pending = getLakebasePostgresToken();
  const all = published();
  invalidateLakebasePostgresToken(await pending);
  expect(all.map(({ channel }) => channel)).toEqual(['rejected']);
  await getLakebasePostgresToken();
  expect(on(all, 'fetch asyncEnd')).toHaveLength(1);
});

test('who leaves while a fetch is under way harms nothing', async () => {
  await startWorkspace();
  const listener = vi.fn();
  subscribe('tracing:lakebase-token:fetch:start', listener);
  const pending = getLakebasePostgresToken();
  unsubscribe('tracing:lakebase-token:fetch:start', listener);
  await pending;
  expect(listener).toHaveBeenCalledOnce();
});

test('each event comes once, however many copies of the package there are', async () => {
  const workspace = await startWorkspace();
  const ended = await runProgram(
    `import { createRequire } from 'node:module';
    import { subscribe } from 'node:diagnostics_channel';
    const require = createRequire(process.cwd() + '/');
    const copies = [1, 2, 3].map(() => {
      for (const file of Object.keys(require.cache)) if (file.endsWith('.js')) delete require.cache[file];
      return require('lakebase-token');
    });
    let ends = 0;
    subscribe('tracing:lakebase-token:fetch:asyncEnd', () => { ends += 1; });
    const calls = copies.map((copy) => copy.getLakebasePostgresToken());
    await Promise.all(calls);
    console.log(ends);`,
    { ...workspace.env },
  );
  expect(ended).toMatchObject({ code: 0, stdout: '1\n', stderr: '' });
});

test('a subscriber that throws takes nothing from anybody', async () => {
  // Slow enough for the second call, after all that the first one loads.
  const workspace = await startWorkspace({ latencyMs: 200 });
  const ended = await runProgram(
    `import { subscribe } from 'node:diagnostics_channel';
    import { getLakebasePostgresToken } from 'lakebase-token';
    const thrown = [];
    process.on('uncaughtException', (error) => thrown.push(error.message));
    for (const moment of ['start', 'end', 'asyncStart', 'asyncEnd']) {
      subscribe('tracing:lakebase-token:fetch:' + moment, () => { throw new Error(moment); });
      subscribe('tracing:lakebase-token:wait:' + moment, () => { throw new Error(moment); });
    }
    const tokens = await Promise.all([getLakebasePostgresToken(), getLakebasePostgresToken()]);
    while (thrown.length < 12) await new Promise(setImmediate);
    await new Promise(setImmediate);
    console.log(tokens.length, thrown.length);`,
    { ...workspace.env },
  );
  expect(ended).toMatchObject({ code: 0, stdout: '2 12\n' });
});

test('whatever a subscriber does to what it gets, the others hear of the end', async () => {
  await startWorkspace();
  const freeze = (context: unknown) => void Object.freeze(context);
  subscribe('tracing:lakebase-token:fetch:start', freeze);
  onTestFinished(() => void unsubscribe('tracing:lakebase-token:fetch:start', freeze));
  const all = published();
  await getLakebasePostgresToken();
  expect(on(all, 'fetch asyncEnd')).toHaveLength(1);
  expect(on(all, 'wait asyncEnd')).toMatchObject([{ outcome: 'token' }]);
});

test('where nothing can be printed nothing is lost', async () => {
  const workspace = await startWorkspace();
  const ended = await runProgram(
    `import { subscribe } from 'node:diagnostics_channel';
    import { getLakebasePostgresToken } from 'lakebase-token';
    const ends = [];
    subscribe('tracing:lakebase-token:fetch:asyncEnd', ({ outcome }) => ends.push(outcome));
    process.stderr.write = () => { throw new Error('closed'); };
    console.log(typeof await getLakebasePostgresToken(), ends.join());`,
    { ...workspace.env, NODE_DEBUG: 'lakebase-token' },
  );
  expect(ended).toMatchObject({ code: 0, stdout: 'string obtained\n' });
});

/** A program that counts the letters from the core to its thread: Node shows each as a callback of its own. */
const COUNTING = `
  import { createHook } from 'node:async_hooks';
  import { subscribe } from 'node:diagnostics_channel';
  const ours = new Set();
  let letters = 0;
  createHook({
    init(id, type) { if (type === 'lakebase-token') ours.add(id); },
    before(id) { if (ours.has(id)) letters += 1; },
  }).enable();
  const { getLakebasePostgresToken } = await import('lakebase-token');
`;

test('without a subscriber no letter is sent but the one that settles the promise', async () => {
  const workspace = await startWorkspace();
  const call = 'await getLakebasePostgresToken(); console.log(ours.size, letters);';
  const listen = "subscribe('lakebase-token:attempt-failed', () => {});";
  workspace.answer('postgresToken', ['unavailable', 'unavailable']);
  const unheard = await runProgram(COUNTING + call, { ...workspace.env });
  expect(unheard).toMatchObject({ code: 0, stdout: '1 1\n' });
  workspace.answer('postgresToken', ['unavailable', 'unavailable']);
  const heard = await runProgram(COUNTING + listen + call, { ...workspace.env });
  expect(heard).toMatchObject({ code: 0, stdout: '1 4\n' });
});

test('a subscriber keeps no process alive', async () => {
  const workspace = await startWorkspace(SHORT);
  workspace.answer('postgresToken', [{ delayMs: 0 }, { delayMs: 600_000 }]);
  const ended = await runProgram(
    `import { subscribe } from 'node:diagnostics_channel';
    import { getLakebasePostgresToken, getLakebaseTokenStatus } from 'lakebase-token';
    subscribe('tracing:lakebase-token:fetch:start', ({ isBackground }) => console.log(isBackground));
    subscribe('tracing:lakebase-token:fetch:asyncEnd', ({ outcome }) => console.log(outcome));
    await getLakebasePostgresToken();
    const { token } = getLakebaseTokenStatus();
    await new Promise((resolve) => setTimeout(resolve, token.renewsAt - Date.now() + 5));
    await getLakebasePostgresToken();`,
    { ...workspace.env },
  );
  expect(ended).toMatchObject({ code: 0, stdout: 'false\nobtained\ntrue\n', stderr: '' });
});

test('workers that end in the middle of what they hear of harm nobody', async () => {
  const workspace = await startWorkspace({ latencyMs: 5 });
  const ended = await runProgram(
    `import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    import { getLakebasePostgresToken, invalidateLakebasePostgresToken } from 'lakebase-token';
    const source = \`
      const { subscribe } = process.getBuiltinModule('node:diagnostics_channel');
      const { createLakebaseTokens } = process.getBuiltinModule('node:module').createRequire(process.cwd() + '/')('lakebase-token');
      for (const kind of ['fetch', 'wait']) for (const moment of ['start', 'asyncEnd', 'error'])
        subscribe('tracing:lakebase-token:' + kind + ':' + moment, () => {});
      const tokens = createLakebaseTokens();
      const again = async () => { for (;;) tokens.invalidate(await tokens.getToken().catch(String)); };
      again();
      process.getBuiltinModule('node:worker_threads').parentPort.postMessage('');
    \`;
    for (let round = 0; round < 20; round += 1) {
      const workers = [1, 2, 3].map(() => new Worker(source, { eval: true }));
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      const own = getLakebasePostgresToken().then(invalidateLakebasePostgresToken, () => {});
      await Promise.all(workers.map((worker) => worker.terminate()));
      await own;
    }
    console.log(typeof await getLakebasePostgresToken());`,
    { ...workspace.env },
  );
  expect(ended).toMatchObject({ code: 0, stdout: 'string\n', stderr: '' });
});

test('NODE_DEBUG=lakebase-token prints each of them, and no secret', async () => {
  const workspace = await startWorkspace();
  workspace.answer('postgresToken', 'unavailable');
  const program = `
    import { getLakebasePostgresToken, invalidateLakebasePostgresToken } from 'lakebase-token';
    invalidateLakebasePostgresToken(await getLakebasePostgresToken());
    process.env.LAKEBASE_ENDPOINT = '';
    await getLakebasePostgresToken().catch(() => {});`;
  const quiet = await runProgram(program, { ...workspace.env });
  expect(quiet).toMatchObject({ code: 0, stderr: '' });
  workspace.answer('postgresToken', 'unavailable');
  const { stderr } = await runProgram(program, { ...workspace.env, NODE_DEBUG: 'lakebase-token' });
  const of = `of ${ENDPOINT} at 127.0.0.1`;
  const shape = stderr
    .replace(/^LAKEBASE-TOKEN \d+: /gm, '')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\d+ ms/g, 'N ms')
    .replaceAll(new URL(workspace.url).origin, 'ORIGIN');
  expect(shape.trim().split('\n')).toEqual([
    `fetch (first) ${of} begins`,
    `wait ${of} begins`,
    expect.stringMatching(
      /^attempt 1 for the postgres-token of .* failed: ERR_LAKEBASE_UNAVAILABLE: ORIGIN answered 503 .* Again at TIME at the earliest\.$/,
    ),
    `fetch (first) ${of} obtained a token after N ms, 3 requests, expires TIME, renews TIME`,
    `wait ${of} ended after N ms with a token`,
    `token ${of} of TIME was refused by Postgres`,
    'fetch (first) of what is set begins',
    expect.stringMatching(
      /^fetch \(first\) of what is set failed after N ms, 0 requests: ERR_LAKEBASE_CONFIG_MISSING: /,
    ),
    'wait of what is set begins',
    expect.stringMatching(
      /^wait of what is set ended after N ms with an error: ERR_LAKEBASE_CONFIG_MISSING: /,
    ),
  ]);
  const secrets = workspace.issuedTokens.map(({ token }) => token);
  for (const secret of [
    ...secrets,
    workspace.env.DATABRICKS_CLIENT_SECRET,
    workspace.env.DATABRICKS_CLIENT_ID,
  ]) {
    expect(stderr).not.toContain(secret);
  }
});

const OTHER = 'projects/test-project/branches/main/endpoints/other';
