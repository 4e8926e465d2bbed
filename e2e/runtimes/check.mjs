// The packed tarballs in every runtime, against an emulated workspace and a real Postgres.
//
//   npm ci --ignore-scripts && npm run check [-- [--only TEXT] TARBALL...]        non-zero if it fails
//
// What a runtime cannot do is said in runtimes.mjs. When it can, this fails too, so that nobody goes on
// saying that it cannot.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { runChecks } from '../../support/checks.mjs';
import { startPostgres } from '../../support/postgres/postgres.js';
import { installApp, said } from './app.mjs';
import { checks } from './checks.mjs';
import { runtimes } from './runtimes.mjs';

const app = await installApp();
const postgres = await startPostgres();
try {
  await runChecks(runtimes.flatMap(checksOf));
} finally {
  await postgres.stop();
}

function checksOf(runtime) {
  const all = { ...checks, ...runtime.checks };
  const unheardOf = Object.keys(runtime.known).filter((name) => !(name in all));
  assert.deepEqual(unheardOf, []);
  const title = `${runtime.name} ${versionOf(runtime)}`;
  return Object.entries(all).map(([name, check]) => ({
    name: `${title}: ${name}`,
    known: runtime.known[name],
    run: () => runCheck(check, runtime),
  }));
}

async function runCheck(check, runtime) {
  const open = [];
  try {
    await check({
      startWorkspace: async (options) => {
        const workspace = await app.startWorkspaceEmulator(options);
        open.push(workspace);
        return workspace;
      },
      see: async (name, env) =>
        said(await app.run(runtime, [...runtime.run, 'program.mjs', name], env)),
      run: (line, env) => app.run(runtime, line, env),
      runtime,
      postgres,
    });
  } finally {
    await Promise.all(open.map((workspace) => workspace.close()));
  }
}

function versionOf({ file }) {
  return /\d+\.\d+\.\d+/.exec(execFileSync(file, ['--version'], { encoding: 'utf8' }))[0];
}
