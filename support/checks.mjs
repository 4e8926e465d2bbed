// Runs checks as tests of node:test, one after the other. `--only TEXT` picks those whose name contains TEXT.
import { test } from 'node:test';
import { commandLine } from './command_line.mjs';
import { stopEverything } from './processes.mjs';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<string | void>} run resolves to what there is to tell of it, if anything
 * @property {{ why: string, shows: RegExp }} [known] that it fails, and how that shows
 */

/**
 * Resolves when the last one has ended. Node's exit code is 1 then, if one has failed.
 * @param {Check[]} checks
 */
export async function runChecks(checks) {
  const { only } = commandLine();
  const chosen = checks.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) throw new Error(`No check is called so: ${only}`);
  let left = chosen.length;
  // A check that ends the process has not passed, nor have those after it.
  process.on('exit', () => {
    if (left > 0) process.exitCode = 1;
  });
  await Promise.all(chosen.map((check) => runCheck(check).finally(() => left--)));
}

/** @param {Check} check */
function runCheck({ name, run, known }) {
  return test(known ? `${name}, known to fail` : name, async (context) => {
    try {
      const note = await (known ? stillFails(run, known) : run());
      if (note) context.diagnostic(`${name}: ${note}`);
    } finally {
      await stopEverything();
    }
  });
}

/**
 * @param {Check['run']} run
 * @param {NonNullable<Check['known']>} known
 */
async function stillFails(run, { why, shows }) {
  try {
    await run();
  } catch (problem) {
    if (problem instanceof Error && shows.test(problem.message)) return why;
    throw problem;
  }
  throw new Error('It works now: say so in docs/, and where it was known to fail.');
}
