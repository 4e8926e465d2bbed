// `npm run demo`: this app in `next dev`, with an emulated workspace and a real Postgres. Needs a clone
// of lakebase-token, and no account; tokens live for a minute, so that renewals can be watched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const { startWorkspaceEmulator } = require('../../js/testing.js');
const { startPostgres } = require('../../support/postgres/postgres.js');

const LIFETIME_MS = 60_000;
const DOWN = { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'The demo took it down.' };
const here = import.meta.dirname;
const atTheEnd = [];
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ending.abort());

try {
  process.exitCode = await demo();
} finally {
  for (const close of atTheEnd.reverse()) await close();
}

async function demo() {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-nextjs-'));
  atTheEnd.push(() => rmSync(folder, { recursive: true }));
  const postgres = await startPostgres();
  atTheEnd.push(() => postgres.stop());
  await postgres.query(`GRANT CREATE ON DATABASE ${postgres.database} TO ${postgres.user}`);
  await postgres.query(`GRANT CREATE ON SCHEMA public TO ${postgres.user}`);
  const workspace = await startWorkspaceEmulator({
    lifetimeMs: { postgresToken: LIFETIME_MS },
    onPostgresToken: postgres.acceptToken,
  });
  atTheEnd.push(() => workspace.close());

  const caFile = path.join(folder, 'ca.pem');
  writeFileSync(caFile, postgres.ca);
  const env = { ...process.env, ...workspace.env, ...variables(postgres, caFile) };
  const migrated = await npmRun('db:migrate', env);
  if (migrated !== 0) return migrated;
  console.log('\n  Type w and Enter to take the workspace down, and once more to bring it back.\n');
  outages(workspace);
  return npmRun('dev', env);
}

function variables({ host, port, user, database }, caFile) {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: caFile,
    NEXT_TELEMETRY_DISABLED: '1',
  };
}

/** Resolves to the exit code: 0, if it was asked to end. */
async function npmRun(script, env) {
  // A group of its own: npm and Next.js start processes that would outlive them.
  const child = spawn('npm', ['run', script], {
    cwd: here,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const end = () => process.kill(-child.pid, 'SIGTERM');
  if (ending.signal.aborted) end();
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
