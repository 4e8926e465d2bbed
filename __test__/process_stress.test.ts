import { startWorkspaceEmulator } from 'lakebase-token/testing';
import { describe, expect, test, vi } from 'vitest';
import { hasSignals } from './support/platform';
import { type Ended, runProgram, startProgram } from './support/programs';
import { requestsOf } from './support/workspace';

/** Programs that start worker threads find the package by its file. */
const workers = `
  import { createRequire } from 'node:module';
  import { Worker } from 'node:worker_threads';
  const ENTRY = createRequire(process.cwd() + '/').resolve('lakebase-token');
  const worker = (body, env = process.env) => new Worker(
    'const { getLakebaseCredential, getLakebasePostgresToken, invalidateLakebasePostgresToken } = require(' +
      JSON.stringify(ENTRY) + ');' + body,
    { eval: true, execArgv: [], env },
  );
`;

/** A worker thread's: a call is in flight whenever it is looked at. */
const BUSY = `
  for (let calls = 0; calls < 5; calls += 1) {
    getLakebaseCredential().catch(() => {});
    const controller = new AbortController();
    getLakebaseCredential({ signal: controller.signal }).catch(() => {});
    if (calls % 2) controller.abort();
  }
  const again = () => getLakebasePostgresToken().then((token) => {
    invalidateLakebasePostgresToken(token);
    return again();
  }, again);
  again();
`;

// In processes of their own: those that wait do so beside those that are busy.
describe.concurrent('a process', () => {
  test('starts and terminates worker threads in mid-flight, four hundred of them', async () => {
    await using workspace = await startWorkspaceEmulator({ latencyMs: 15 });
    const ended = await runProgram(
      `${workers}
      import { once } from 'node:events';
      import { getLakebasePostgresToken, invalidateLakebasePostgresToken } from 'lakebase-token';
      // With one more environment whose flights they share.
      let isOver = false;
      const here = (async () => {
        while (!isOver) invalidateLakebasePostgresToken(await getLakebasePostgresToken());
      })();
      let left = 400;
      let busy = 0;
      const codes = new Set();
      const lane = async (number) => {
        while (left-- > 0) {
          // Every other one by a name of its own: with flights of its own, which no refused token paces.
          const host = process.env.DATABRICKS_HOST.replace('127.0.0.1', 'worker-' + left + '.localhost');
          const env = left % 2 > 0 ? { ...process.env, DATABRICKS_HOST: host } : process.env;
          const one = worker(${JSON.stringify(`${BUSY} require('node:worker_threads').parentPort.postMessage('busy');`)}, env);
          one.on('error', (error) => codes.add(String(error)));
          const gone = once(one, 'exit');
          one.once('message', () => { busy += 1; });
          // Some before they have begun, others in any part of a flight or two.
          if (left % 10 > 0) await Promise.race([once(one, left % 10 > 1 ? 'message' : 'online'), gone]);
          const delay = (left * 7) % 31;
          if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
          codes.add(await one.terminate());
        }
      };
      await Promise.all([lane(), lane(), lane(), lane(), lane(), lane()]);
      isOver = true;
      await here;
      console.log(JSON.stringify([...codes]), busy > 300, typeof (await getLakebasePostgresToken()));`,
      workspace.env,
    );
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(ended.stdout).toMatch(/^\[(1|0|1,0|0,1)\] true string\n$/);
    const { accessToken } = requestsOf(workspace);
    expect(accessToken).toBeGreaterThan(120);
    expect(accessToken).toBeLessThanOrEqual(201);
  }, 300_000);

  test('exits at any moment of a flight, a hundred and fifty times', async () => {
    await using workspace = await startWorkspaceEmulator({ latencyMs: 5 });
    const run = (number: number) => {
      const code = 1 + (number % 100);
      // Twice the 15 ms that both requests of a flight take, and some more.
      const delay = (number * 0.73) % 40;
      return runProgram(
        `import { getLakebaseCredential, getLakebasePostgresToken, invalidateLakebasePostgresToken }
          from 'lakebase-token';
        ${number % 3 === 0 ? `${workers} worker(${JSON.stringify(BUSY)});` : ''}
        const exit = () => process.exit(${code});
        ${BUSY}
        const at = performance.now() + ${delay};
        const left = () => Math.max(at - performance.now(), 0);
        ${WAYS_OUT[number % WAYS_OUT.length]}`,
        workspace.env,
      ).then((ended) => [code, ended] as const);
    };
    const endings: (readonly [number, Ended])[] = [];
    let next = 0;
    const lane = async () => {
      while (next < 150) endings.push(await run(next++));
    };
    await Promise.all([lane(), lane(), lane()]);
    expect(endings).toHaveLength(150);
    for (const [code, ended] of endings) {
      expect(ended).toEqual({ code, signal: null, stdout: '', stderr: '' });
    }
  }, 300_000);

  test('ends by itself in mid-flight when an exception kills it', async () => {
    await using workspace = await startWorkspaceEmulator({ latencyMs: 50 });
    const ended = await runProgram(
      `import { getLakebasePostgresToken } from 'lakebase-token';
      void getLakebasePostgresToken();
      setTimeout(() => { throw new Error('on purpose'); }, 20);`,
      workspace.env,
    );
    expect(ended).toMatchObject({ code: 1, signal: null });
    expect(ended.stderr).toContain('on purpose');
  });

  test.runIf(hasSignals)('that stands still in mid-flight gets its token afterwards', async () => {
    const answer = held();
    await using workspace = await startWorkspaceEmulator({ onPostgresToken: () => answer.leaves });
    const program = startProgram(
      `import { getLakebasePostgresToken } from 'lakebase-token';
      console.log(await getLakebasePostgresToken());`,
      workspace.env,
    );
    await vi.waitUntil(() => workspace.issuedTokens.length === 1, { timeout: 30_000 });
    program.signal('SIGSTOP');
    answer.leave();
    await passed(700);
    program.signal('SIGCONT');
    const stdout = `${workspace.issuedTokens[0]?.token}\n`;
    expect(await program.ended).toEqual({ code: 0, signal: null, stdout, stderr: '' });
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
  });

  test.runIf(hasSignals)(
    'that stood still until the token of its flight was dead gets another',
    async () => {
      const answer = held();
      await using workspace = await startWorkspaceEmulator({
        lifetimeMs: { postgresToken: 1_500 },
        onPostgresToken: () => answer.leaves,
      });
      const program = startProgram(
        `import { getLakebaseCredential } from 'lakebase-token';
      const { token, expiresAt } = await getLakebaseCredential();
      console.log(JSON.stringify({ token, left: expiresAt - Date.now() }));`,
        workspace.env,
      );
      await vi.waitUntil(() => workspace.issuedTokens.length === 1, { timeout: 30_000 });
      program.signal('SIGSTOP');
      answer.leave();
      await vi.waitUntil(() => isPast(workspace.issuedTokens[0]?.expiresAt), { timeout: 30_000 });
      program.signal('SIGCONT');
      const ended = await program.ended;
      expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
      const { token, left } = JSON.parse(ended.stdout);
      expect(token).toBe(workspace.issuedTokens[1]?.token);
      expect(left).toBeGreaterThan(0);
    },
  );

  test
    .runIf(hasSignals)
    .each(['getLakebasePostgresToken()', 'getLakebaseCredential().then(({ token }) => token)'])(
    'that stood still while its token died does not hand it out: %s',
    async (call) => {
      await using workspace = await startWorkspaceEmulator({
        lifetimeMs: { postgresToken: 1_500 },
      });
      const program = startProgram(
        `import { getLakebaseCredential, getLakebasePostgresToken } from 'lakebase-token';
        const first = await ${call};
        console.log('held');
        // A turn lasts a moment, unless the process stood still in it.
        for (;;) {
          const before = Date.now();
          const token = await ${call};
          console.log(JSON.stringify({ before, isFirst: token === first }));
          if (token !== first) break;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        process.exit(0);`,
        workspace.env,
      );
      await program.line((line) => line === 'held');
      program.signal('SIGSTOP');
      const expiresAt = workspace.issuedTokens[0]?.expiresAt;
      await vi.waitUntil(() => isPast(expiresAt), { timeout: 30_000 });
      program.signal('SIGCONT');
      const ended = await program.ended;
      expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
      const [, ...turns] = ended.stdout.trimEnd().split('\n');
      const handedOut = turns.map((line) => JSON.parse(line));
      const expiry = expiresAt?.getTime() ?? 0;
      expect(handedOut.filter(({ before, isFirst }) => isFirst && before >= expiry)).toEqual([]);
      expect(handedOut.at(-1)).toMatchObject({ isFirst: false });
      expect(workspace.issuedTokens).toHaveLength(2);
    },
  );

  test.runIf(hasSignals)(
    'that stood still for longer than anybody waits settles what was pending',
    async () => {
      await using workspace = await startWorkspaceEmulator();
      workspace.answer('accessToken', 'hang');
      const program = startProgram(
        `import { getLakebaseCredential } from 'lakebase-token';
      await getLakebaseCredential({ timeoutMs: 1000 }).then(
        () => console.log('token'),
        ({ code }) => console.log(code),
      );`,
        workspace.env,
      );
      await vi.waitUntil(() => requestsOf(workspace).accessToken === 1, { timeout: 30_000 });
      program.signal('SIGSTOP');
      await passed(2_000);
      program.signal('SIGCONT');
      expect(await program.ended).toEqual({
        code: 0,
        signal: null,
        stdout: 'ERR_LAKEBASE_TIMEOUT\n',
        stderr: '',
      });
    },
  );

  test('has nothing open once its calls have settled, whichever way', async () => {
    await using workspace = await startWorkspaceEmulator();
    workspace.answer('postgresToken', [
      'permissionDenied',
      { delayMs: 0 },
      { delayMs: 100 },
      'hang',
    ]);
    const ended = await runProgram(
      `import { getLakebaseCredential, getLakebasePostgresToken, invalidateLakebasePostgresToken }
        from 'lakebase-token';
      const seen = [];
      const look = (what) => {
        // The pipe of console.log is not opened before the end.
        seen.push([what, process.getActiveResourcesInfo(), process._getActiveHandles().length,
          process._getActiveRequests().length]);
      };
      process.on('unhandledRejection', (reason) => seen.push(['unhandled', String(reason)]));
      look('at first');
      await getLakebasePostgresToken().catch(() => {});
      look('refused');
      while (!(await getLakebasePostgresToken().catch(() => false))) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      look('served');
      invalidateLakebasePostgresToken(await getLakebasePostgresToken());
      const waiting = [getLakebasePostgresToken(), getLakebaseCredential()];
      seen.push(['waiting', process.getActiveResourcesInfo().length >= 0]);
      await Promise.all(waiting);
      look('served again');
      invalidateLakebasePostgresToken(await getLakebasePostgresToken());
      const controller = new AbortController();
      const aborted = getLakebaseCredential({ signal: controller.signal });
      controller.abort();
      await aborted.catch(() => {});
      look('aborted');
      await getLakebaseCredential({ timeoutMs: 20 }).catch(() => {});
      look('out of patience');
      void Promise.reject(new Error('on purpose'));
      await new Promise((resolve) => setImmediate(resolve));
      console.log(JSON.stringify(seen));`,
      workspace.env,
    );
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    const seen = JSON.parse(ended.stdout) as [string, ...unknown[]][];
    const open = seen.filter(([, resources]) => Array.isArray(resources));
    expect(open.map(([what]) => what)).toEqual([
      'at first',
      'refused',
      'served',
      'served again',
      'aborted',
      'out of patience',
    ]);
    for (const [, ...left] of open) expect(left).toEqual(open[0]?.slice(1));
    // Only the one that shows that they would be seen.
    expect(seen.filter(([what]) => what === 'unhandled')).toEqual([
      ['unhandled', 'Error: on purpose'],
    ]);
  });
});

/** How a program leaves at the moment `at`. */
const WAYS_OUT = [
  'setTimeout(exit, left());',
  'while (performance.now() < at); exit();',
  'setTimeout(() => setImmediate(exit), left());',
  'getLakebasePostgresToken().then(exit, exit);',
  'const turn = () => (performance.now() < at ? setImmediate(turn) : exit()); turn();',
  'process.on("exit", () => { getLakebasePostgresToken(); }); setTimeout(exit, left());',
];

/** An answer that leaves when it is told to. */
function held() {
  let leave = () => {};
  const leaves = new Promise<void>((resolve) => {
    leave = resolve;
  });
  return { leaves, leave: () => leave() };
}

async function passed(ms: number) {
  const since = Date.now();
  await vi.waitUntil(() => Date.now() - since >= ms, { timeout: 30_000, interval: 5 });
}

function isPast(moment: Date | undefined) {
  return moment !== undefined && Date.now() > moment.getTime();
}
