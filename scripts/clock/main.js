// What scripts/wall_steps.sh runs, with the folder of the library and the seconds of random steps.
//
// The rule: a token is dead if it had expired, by the workspace's true clock, before it was handed out.
// That is judged by the earliest moment at which it can have been: when the call was made, or, of a
// promise that was settled later, when JavaScript had last run before. Where a stop of the process lies
// between that moment and the latest one, and the expiry between both, it is undecided: told, and not
// counted.
'use strict';

const { cases } = require('./cases.js');
const { randomSteps } = require('./random_steps.js');
const { startRig } = require('./rig.js');

const DAY_MS = 86_400_000;

/** @typedef {[name: string, judgement: import('./rig.js').Judgement]} Result */

/** @param {string} folder @param {number} seconds */
async function main(folder, seconds) {
  await proveThatTheCoreIsReached(folder);
  const atOnce = Object.entries(cases).map(
    async ([name, run]) => /** @type {Result} */ ([name, await run(folder)]),
  );
  const results = await Promise.all(atOnce);
  results.push(...(await randomSteps(folder, seconds)));
  for (const [name, result] of results) print(name, result);
  const dead = results.reduce((sum, [, result]) => sum + result.dead, 0);
  console.log(`${dead} dead tokens were handed out`);
  process.exitCode = dead > 0 ? 1 : 0;
}

/**
 * Both of the core's clocks: the one that moments are told by, and the coarse one of the hot path.
 * @param {string} folder
 */
async function proveThatTheCoreIsReached(folder) {
  const rig = await startRig(folder, 'single');
  const before = await rig.call();
  rig.shift(DAY_MS);
  const after = await rig.call();
  const expiresLaterBy = after.expiresAt.getTime() - before.expiresAt.getTime();
  if (Math.abs(expiresLaterBy - DAY_MS) > 60_000) {
    throw new Error(
      `A step of a day moved the expiry by ${expiresLaterBy} ms: it reaches no clock.`,
    );
  }
  if (rig.workspace.issuedTokens.length !== 2 || after.token === before.token) {
    throw new Error(
      'A step of a day does not make the remembered token old: its clock is not reached.',
    );
  }
  await rig.end();
}

/** @param {string} name @param {Result[1]} judgement */
function print(name, { dead, latestMs, undecided, calls, tokens, failures, steps = 0, stops = 0 }) {
  const late = dead > 0 ? `, the latest ${(latestMs / 1000).toFixed(1)} s after its expiry` : '';
  console.log(
    `${dead > 0 ? 'FAILED' : 'ok    '} ${name}: ${dead} dead${late}, ${undecided} undecided`,
  );
  console.log(`       ${calls} calls, ${tokens} tokens, ${steps} steps, ${stops} stops`);
  for (const [code, count] of Object.entries(failures)) console.log(`       ${count} × ${code}`);
}

main(String(process.argv[2]), Number(process.argv[3]));
