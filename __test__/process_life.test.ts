import { once } from 'node:events';
import { createServer } from 'node:http';
import { getLakebasePostgresToken } from 'lakebase-token';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from './support/programs';
import { startWorker } from './support/workers';
import { requestsOf, startWorkspace } from './support/workspace';

/** Programs count their threads by what Linux says of them. */
const threads = `
  import { readFileSync, readdirSync } from 'node:fs';
  const threads = () => readdirSync('/proc/self/task')
    .map((id) => readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim());
`;

const onLinux = process.platform === 'linux';

test('importing it by either way starts, loads and reads nothing', async () => {
  const ended = await runProgram(`
    import { createRequire } from 'node:module';
    import * as named from 'lakebase-token';
    const require = createRequire(process.cwd() + '/');
    const reads = [];
    process.env = new Proxy({}, { get: (_, name) => { reads.push(String(name)); } });
    const required = require('lakebase-token');
    console.log(JSON.stringify({
      names: Object.keys(required).sort(),
      same: Object.keys(required).every((name) => named[name] === required[name]),
      loaded: Object.keys(require.cache).filter((file) => file.endsWith('.node')),
      reads: reads.filter((name) => /DATABRICKS|LAKEBASE/.test(name)),
      resources: process.getActiveResourcesInfo(),
    }));
  `);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(ended.stdout)).toEqual({
    names: [
      'createLakebaseTokens',
      'getLakebaseCredential',
      'getLakebasePostgresToken',
      'getLakebaseTokenStatus',
      'invalidateLakebasePostgresToken',
    ],
    same: true,
    loaded: [],
    reads: [],
    resources: [],
  });
});

// One for the flights to that workspace, one for those who wait for them.
test.runIf(onLinux)('no thread starts before the first miss, and then two', async () => {
  const workspace = await startWorkspace();
  const ended = await runProgram(
    `${threads}
    import { getLakebasePostgresToken, invalidateLakebasePostgresToken } from 'lakebase-token';
    const ours = () => threads().filter((name) => name === 'lakebase-token').length;
    const host = process.env.DATABRICKS_HOST;
    process.env.DATABRICKS_HOST = '';
    const before = threads().length;
    invalidateLakebasePostgresToken('token-1');
    await getLakebasePostgresToken().catch(() => {});
    const loaded = threads().length - before;
    process.env.DATABRICKS_HOST = host;
    await getLakebasePostgresToken();
    console.log(JSON.stringify([loaded, ours(), threads().length - before]));
  `,
    workspace.env,
  );
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: '[0,2,2]\n' });
});

test('a pending call keeps the process alive until it settles', async () => {
  const workspace = await startWorkspace({ latencyMs: 400 });
  const ended = await runProgram(
    `import { getLakebasePostgresToken } from 'lakebase-token';
    getLakebasePostgresToken().then((token) => console.log(token));`,
    workspace.env,
  );
  expect(ended).toMatchObject({
    code: 0,
    stderr: '',
    stdout: `${workspace.issuedTokens[0]?.token}\n`,
  });
});

test('a renewal that nobody waits for does not keep the process alive', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 4000 } });
  workspace.answer('postgresToken', [{ delayMs: 0 }, 'hang']);
  const ended = await runProgram(
    `import { getLakebasePostgresToken } from 'lakebase-token';
    await getLakebasePostgresToken();
    const timer = setInterval(async () => {
      const seen = await fetch(process.env.SEEN).then((answer) => answer.text());
      void getLakebasePostgresToken();
      if (seen === '2') clearInterval(timer);
    }, 20);`,
    { ...workspace.env, SEEN: await countServer(() => requestsOf(workspace).postgresToken) },
  );
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: '' });
  expect(requestsOf(workspace).postgresToken).toBe(2);
});

test('a renewal that fails in the background is nobody’s unhandled rejection', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 3000 } });
  workspace.answer('postgresToken', [{ delayMs: 0 }, 'notFound']);
  const ended = await runProgram(
    `import { getLakebasePostgresToken } from 'lakebase-token';
    const first = await getLakebasePostgresToken();
    process.on('unhandledRejection', (reason) => console.log('unhandled', reason));
    while ((await getLakebasePostgresToken()) === first) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }`,
    workspace.env,
  );
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: '' });
  expect(workspace.issuedTokens).toHaveLength(2);
});

test('a process that exits in the middle of a flight exits cleanly', async () => {
  const workspace = await startWorkspace({ latencyMs: 200 });
  const ended = await runProgram(
    `import { getLakebasePostgresToken } from 'lakebase-token';
    for (let calls = 0; calls < 10; calls += 1) void getLakebasePostgresToken();
    process.exit(7);`,
    workspace.env,
  );
  expect(ended).toEqual({ code: 7, signal: null, stdout: '', stderr: '' });
});

test('a worker thread that is terminated takes nobody’s flight with it', async () => {
  const workspace = await startWorkspace({ latencyMs: 300 });
  const worker = startWorker(`getLakebasePostgresToken(); parentPort.postMessage('called');`);
  await once(worker, 'message');
  const here = getLakebasePostgresToken();
  await worker.terminate();
  expect(await here).toBe(workspace.issuedTokens[0]?.token);
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
});

test('the cache outlives the worker thread that filled it', async () => {
  const workspace = await startWorkspace();
  const ended = await runProgram(
    `import { createRequire } from 'node:module';
    import { Worker } from 'node:worker_threads';
    const entry = createRequire(process.cwd() + '/').resolve('lakebase-token');
    const inWorker = () => new Promise((resolve) => {
      const worker = new Worker(
        'require(process.env.ENTRY).getLakebasePostgresToken()' +
          '.then((token) => require("worker_threads").parentPort.postMessage(token))',
        { eval: true, env: { ...process.env, ENTRY: entry }, execArgv: [] },
      );
      let token;
      worker.on('message', (message) => { token = message; });
      worker.on('exit', () => resolve(token));
    });
    const tokens = [await inWorker(), await inWorker()];
    const { getLakebasePostgresToken } = await import('lakebase-token');
    tokens.push(await getLakebasePostgresToken());
    console.log(new Set(tokens).size, typeof tokens[0]);`,
    workspace.env,
  );
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '', stdout: '1 string\n' });
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
});

/** A request that is served keeps nothing of itself alive, in Node versions that would (20, 22). */
test('the promise that is remembered does not hold the stores of a request', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 600_000 } });
  const ended = await runProgram(
    `import { AsyncLocalStorage } from 'node:async_hooks';
    import { getLakebasePostgresToken, invalidateLakebasePostgresToken } from 'lakebase-token';
    const requests = new AsyncLocalStorage();
    const stores = {};
    const during = (name, request) => {
      const store = { request: name };
      stores[name] = new WeakRef(store);
      return requests.run(store, request);
    };
    // The first loads the addon and waits; the second meets a token that another flight brought.
    await during('miss', async () => { await getLakebasePostgresToken(); });
    await during('glance', async () => {
      invalidateLakebasePostgresToken(await getLakebasePostgresToken());
      await getLakebasePostgresToken();
    });
    await during('hit', async () => { await getLakebasePostgresToken(); });
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      globalThis.gc();
    }
    const held = Object.keys(stores).filter((name) => stores[name].deref() !== undefined);
    console.log(JSON.stringify(held), typeof (await getLakebasePostgresToken()));`,
    workspace.env,
    ['--expose-gc'],
  );
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: '[] string\n' });
});

async function countServer(count: () => number): Promise<string> {
  const server = createServer((_request, response) => response.end(String(count())));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}
