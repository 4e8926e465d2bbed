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
  await Promise.all(chosen.map(runCheck));
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
  const problem = await run().then(
    () => new Error('It works now: say so in docs/, and where it was known to fail.'),
    (error) => error,
  );
  if (!shows.test(problem.message)) throw problem;
  return why;
}
