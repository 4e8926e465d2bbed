// Worker threads: some end when their calls have, the others are terminated amid them.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { noted } from '../remains.mjs';

/** @param {import('../load.mjs').Lane} lane @returns {Promise<import('../calls.mjs').Ended[]>} */
export async function workers(lane) {
  const ended = [];
  for (let pairs = 0; pairs < 2; pairs += 1) {
    await lane.pause(300);
    const [own] = await Promise.all([untilItEnds(lane, pairs), untilItIsTerminated(lane, pairs)]);
    ended.push(...own);
  }
  return ended;
}

/** @param {import('../load.mjs').Lane} lane @param {number} number */
async function untilItEnds({ round }, number) {
  const worker = start(round, number, false);
  const exit = once(worker, 'exit');
  const [ended] = await Promise.race([once(worker, 'message'), exit.then(() => [])]);
  const [code] = await exit;
  if (ended === undefined || code !== 0) throw new Error(`A worker thread ended with ${code}.`);
  return /** @type {import('../calls.mjs').Ended[]} */ (ended);
}

/** @param {import('../load.mjs').Lane} lane @param {number} number */
async function untilItIsTerminated({ round, pause }, number) {
  const worker = start(round, number, true);
  await once(worker, 'message');
  await pause(40);
  await worker.terminate();
}

/** @param {import('../load.mjs').Round} round @param {number} number @param {boolean} isBusy */
function start(round, number, isBusy) {
  const url = new URL(String(round.env.DATABRICKS_HOST));
  // Half of them by a name of their own: with flights of their own, which no refused token paces.
  if (number % 2 > 0) url.hostname = `worker-${round.number}-${number}.localhost`;
  const env = { ...round.env, DATABRICKS_HOST: url.origin };
  const workerData = { round, isBusy };
  return noted(
    round.number,
    new Worker(new URL('../worker.mjs', import.meta.url), { env, workerData }),
  );
}
