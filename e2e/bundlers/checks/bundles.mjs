// A program with the package in it, as one file: it works where the package is installed or its binary is
// named, and elsewhere every call says what to do.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, renameSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bareEnvironment } from '../../../support/environment.mjs';
import { runWell } from '../../../support/processes.mjs';
import { besidePg, builds } from '../builds.mjs';

/** @param {string} app a folder that the package is installed in */
export function bundleChecks(app) {
  const modules = path.join(app, 'node_modules');
  const outside = besidePg.map((build) => ({
    name: `${build.name}: works`,
    async run() {
      const folder = mkdtempSync(path.join(app, 'dist-'));
      await makes(build, app, folder);
      await works(build, folder, modules, {});
    },
  }));
  const whole = builds.map((build) => ({
    name: `${build.name}: works with the package or its binary, and says so without`,
    async run() {
      const folder = mkdtempSync(path.join(app, 'dist-'));
      await makes(build, app, folder);
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
  return [...whole, ...outside];
}

async function makes(build, app, folder) {
  const program = build.isWithoutPool ? 'program.mjs' : 'pool.mjs';
  assert.deepEqual(await build.make(path.join(app, program), path.join(folder, build.file)), []);
}

async function saysSo(build, place) {
  for (const [env, reason] of [
    [{}, /left lakebase-token behind\. Declare it external/],
    [{ LAKEBASE_TOKEN_BINARY: '/nowhere/x.node' }, /^LAKEBASE_TOKEN_BINARY names a file that/],
    [{ LAKEBASE_TOKEN_BINARY: OTHER_ADDON }, /^LAKEBASE_TOKEN_BINARY names an addon of somethi/],
  ]) {
    const { status, outcomes, pool } = await outcomesOf(build, place, env);
    assert.equal(status, MISSING);
    assert.equal(outcomes.length, 3);
    assertPool(build, pool, MISSING);
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
 * @param {Pick<import('../builds.mjs').Build, 'run' | 'file' | 'isWithoutPool'>} build
 * @param {string} place the folder that it runs in
 * @param {string} modules where the emulator is
 * @param {NodeJS.ProcessEnv} env
 */
export async function works(build, place, modules, env) {
  const { startWorkspaceEmulator } = createRequire(modules)('lakebase-token/testing');
  const workspace = await startWorkspaceEmulator({ auth: 'personal-token' });
  try {
    const { outcomes, pool } = await outcomesOf(build, place, { ...workspace.env, ...env });
    const [first, second] = workspace.issuedTokens.map(({ token }) => token);
    const { 2: byCallback, ...both } = outcomes;
    assert.equal(both[0], both[1]);
    assertPool(build, pool, both[0]);
    assert.deepEqual(new Set([both[0], byCallback]), new Set([first, second]));
  } finally {
    await workspace.close();
  }
}

/** It is of the pg of the program, and its password is the token. */
function assertPool({ isWithoutPool }, pool, password) {
  assert.deepEqual(pool, isWithoutPool ? undefined : { isOfOwnPg: true, password });
}

/** What ../app/program.mjs prints, and ../app/pool.mjs. */
async function outcomesOf({ run = [process.execPath], file }, place, env) {
  const [command, ...line] = [...run, path.join(place, file)];
  const settings = { cwd: place, env: { ...bareEnvironment(), ...env } };
  const printed = await runWell(command, line, settings);
  return Object.assign(
    {},
    ...printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

const MISSING = 'ERR_LAKEBASE_BINARY_MISSING';
export const TARGET = 'linux-x64-gnu';
const ADDON = `lakebase-token.${TARGET}.node`;
const OTHER_ADDON = createRequire(import.meta.resolve('rollup')).resolve(
  `@rollup/rollup-${TARGET}`,
);
