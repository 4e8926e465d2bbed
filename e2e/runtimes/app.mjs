// The app that the tarballs are installed in, away from this repository, and runs of its programs.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { run } from '../../support/processes.mjs';
import { installedApp } from '../../support/tarballs.mjs';

/** Longer than any caller waits, and shorter than a flight may take: a leftover one shows. */
const PATIENCE_MS = 20_000;

export async function installApp() {
  const folder = await installedApp([path.join(import.meta.dirname, 'app')]);
  // A second one, as bundlers make them.
  const modules = path.join(folder, 'node_modules');
  cpSync(modules, path.join(folder, 'copy/node_modules'), { recursive: true });
  const require = createRequire(path.join(folder, 'x.js'));
  const home = { HOME: folder, TMPDIR: folder, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' };
  return {
    /** The emulator of the tarball, in this process. */
    startWorkspaceEmulator: require('lakebase-token/testing').startWorkspaceEmulator,
    /** Runs the runtime with an environment that holds nothing but this, and waits for its end. */
    run: ({ file }, line, env) =>
      run(file, line, {
        cwd: folder,
        env: { PATH: process.env.PATH, ...home, ...env },
        patienceMs: PATIENCE_MS,
      }),
  };
}

/** What a program said that ended by itself, cleanly and in silence. */
export function said({ stdout, ...end }) {
  assert.deepEqual(end, { code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}
