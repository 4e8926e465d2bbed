// A program with the package in it, as one file: it works where the package is installed or its binary is
// named, and elsewhere every call says what to do.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, renameSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bareEnvironment } from '../../../support/environment.mjs';
import { runWell } from '../../../support/processes.mjs';
import { builds } from '../builds.mjs';

/** @param {string} app a folder that the package is installed in */
export function bundleChecks(app) {
  const modules = path.join(app, 'node_modules');
  return builds.map((build) => ({
    name: `${build.name}: works with the package or its binary, and says so without`,
    async run() {
      const folder = mkdtempSync(path.join(app, 'dist-'));
      const said = await build.make(path.join(app, 'program.mjs'), path.join(folder, build.file));
      assert.deepEqual(said, []);
      const place = mkdtempSync(`${app}-away-`);
      cpSync(folder, place, { recursive: true });
      // Bun writes down where files were when it built.
      renameSync(modules, `${modules}-away`);
      try {
        await saysSo(build, place);
      } finally {
        renameSync(`${modules}-away`, modules);
      }
      await takesTheBinary(build, place, modules);
      if (build.isSealed) return;
      symlinkSync(modules, path.join(place, 'node_modules'));
      await works(build, place, modules, {});
    },
  }));
}

async function saysSo(build, place) {
  for (const [env, reason] of [
    [{}, /left lakebase-token behind\. Declare it external/],
    [{ LAKEBASE_TOKEN_BINARY: '/nowhere/x.node' }, /^LAKEBASE_TOKEN_BINARY names a file that/],
    [{ LAKEBASE_TOKEN_BINARY: OTHER_ADDON }, /^LAKEBASE_TOKEN_BINARY names an addon of somethi/],
  ]) {
    const { status, outcomes } = await outcomesOf(build, place, env);
    assert.equal(status, MISSING);
    assert.equal(outcomes.length, 3);
    for (const { name, code, message } of outcomes) {
      assert.deepEqual({ name, code }, { name: 'LakebaseTokenError', code: MISSING });
      assert.match(message, reason);
    }
  }
}

async function takesTheBinary(build, place, modules) {
  const LAKEBASE_TOKEN_BINARY = path.join(modules, `@lakebase-token/${TARGET}`, ADDON);
  await works(build, place, modules, { LAKEBASE_TOKEN_BINARY });
}

/**
 * Asserts that its calls give a token.
 *
 * @param {Pick<import('../builds.mjs').Build, 'run' | 'file'>} build
 * @param {string} place the folder that it runs in
 * @param {string} modules where the emulator is
 * @param {NodeJS.ProcessEnv} env
 */
export async function works(build, place, modules, env) {
  const { startWorkspaceEmulator } = createRequire(modules)('lakebase-token/testing');
  const workspace = await startWorkspaceEmulator({ auth: 'personal-token' });
  try {
    const { outcomes } = await outcomesOf(build, place, { ...workspace.env, ...env });
    const [first, second] = workspace.issuedTokens.map(({ token }) => token);
    const { 2: byCallback, ...both } = outcomes;
    assert.equal(both[0], both[1]);
    assert.deepEqual(new Set([both[0], byCallback]), new Set([first, second]));
  } finally {
    await workspace.close();
  }
}

/** What ../app/program.mjs prints. */
async function outcomesOf({ run = [process.execPath], file }, place, env) {
  const [command, ...line] = [...run, path.join(place, file)];
  const settings = { cwd: place, env: { ...bareEnvironment(), ...env } };
  return JSON.parse(await runWell(command, line, settings));
}

const MISSING = 'ERR_LAKEBASE_BINARY_MISSING';
export const TARGET = 'linux-x64-gnu';
const ADDON = `lakebase-token.${TARGET}.node`;
const OTHER_ADDON = createRequire(import.meta.resolve('rollup')).resolve(
  `@rollup/rollup-${TARGET}`,
);
