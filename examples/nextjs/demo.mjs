// `npm run demo`: this app in `next dev`, with an emulated workspace and a real Postgres. Needs a clone
// of lakebase-token, which it makes ready, and no account; tokens live for a minute, so that renewals
// can be watched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const LIFETIME_MS = 60_000;
const DOWN = { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'The demo took it down.' };
const HERE = import.meta.dirname;
const SETUP = path.join(HERE, '../../scripts/setup.js');
const atTheEnd = [];
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ending.abort());

try {
  process.exitCode = await demo();
} finally {
  for (const close of atTheEnd.reverse()) await close();
}

async function demo() {
  const problem = await run(process.execPath, [SETUP, HERE], process.env);
  if (problem || ending.signal.aborted) return problem;
  // Only now is there what it imports.
  const { startServices } = await import('../../support/services.mjs');
  const { postgres, newWorkspace, stop } = await startServices();
  atTheEnd.push(stop);
  await postgres.allowMigrations();
  const workspace = await newWorkspace({ lifetimeMs: { postgresToken: LIFETIME_MS } });
  atTheEnd.push(() => workspace.close());

  const env = {
    ...process.env,
    ...workspace.env,
    ...postgres.env,
    ...postgres.verifyFull,
    NEXT_TELEMETRY_DISABLED: '1',
  };
  const unmigrated = await run('npm', ['run', 'db:migrate'], env);
  if (unmigrated || ending.signal.aborted) return unmigrated;
  console.log('\n  Type w and Enter to take the workspace down, and once more to bring it back.\n');
  outages(workspace);
  return run('npm', ['run', 'dev'], env);
}

/** Resolves to the exit code: 0, if it was asked to end. */
async function run(command, line, env) {
  if (ending.signal.aborted) return 0;
  // A group of its own: npm and Next.js start processes that would outlive them.
  const child = spawn(command, line, {
    cwd: HERE,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const end = () => process.kill(-child.pid, 'SIGTERM');
  ending.signal.addEventListener('abort', end);
  process.once('exit', end); // Whatever went wrong here, it does not outlive this process.
  const [code] = await once(child, 'close');
  process.off('exit', end);
  ending.signal.removeEventListener('abort', end);
  return ending.signal.aborted ? 0 : (code ?? 1);
}

function outages(workspace) {
  const lines = createInterface({ input: process.stdin });
  atTheEnd.push(() => lines.close());
  let isDown = false;
  lines.on('line', (line) => {
    if (line.trim() !== 'w') return;
    isDown = !isDown;
    workspace.answer('postgresToken', isDown ? { status: 503, body: DOWN, times: Infinity } : null);
    console.log(`  The workspace is ${isDown ? 'down' : 'back'}.`);
  });
}
