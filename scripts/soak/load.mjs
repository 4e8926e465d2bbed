// The process that is watched: all of a round's load at once, then rest, then what is left of it.
import { getEventListeners } from 'node:events';
import { createLakebaseTokens } from 'lakebase-token';
import { Calls } from './calls.mjs';
import { callbacks } from './lanes/callbacks.mjs';
import { contexts, copies } from './lanes/copies.mjs';
import { cached, invalidations, patience } from './lanes/default_provider.mjs';
import { many } from './lanes/many.mjs';
import { providers } from './lanes/providers.mjs';
import { signals } from './lanes/signals.mjs';
import { subscribers } from './lanes/subscribers.mjs';
import { workers } from './lanes/workers.mjs';
import { optionsOf } from './options.mjs';
import { randomOf } from './random.mjs';
import { remaining } from './remains.mjs';

/**
 * @typedef {import('./random.mjs').Random} Random
 * @typedef {Readonly<Record<string, string>>} Env
 *
 * @typedef {object} Round
 * @property {number} number
 * @property {string} seed
 * @property {Env} env the default provider's
 * @property {{ calm: Env, people: Env, federated: Env }} places
 * @property {string} idToken
 * @property {string} elsewhere the folder of another copy of the package
 *
 * How a round went.
 * @typedef {Awaited<ReturnType<typeof run>>} Done
 *
 * What a lane has.
 * @typedef {object} Lane
 * @property {Round} round
 * @property {Random} random
 * @property {Calls} calls
 * @property {Kept} kept
 * @property {(mostMs: number) => Promise<void>} pause for some time
 * @property {string[]} problems
 *
 * What lives as long as the process.
 * @typedef {object} Kept
 * @property {import('lakebase-token').LakebaseTokens} calm
 * @property {AbortSignal} signal which nobody aborts
 */

const LANES = {
  cached,
  patience,
  invalidations,
  signals,
  providers,
  many,
  callbacks,
  subscribers,
  contexts,
  copies,
  workers,
};

const calls = new Calls();
/** @type {Kept | undefined} */
let known;

/** @param {Round} round */
async function run(round) {
  Object.assign(process.env, round.env);
  known ??= {
    calm: createLakebaseTokens(optionsOf(round.places.calm)),
    signal: new AbortController().signal,
  };
  const kept = known;
  /** @type {string[]} */
  const problems = [];
  const lanes = Object.entries(LANES).map(([name, lane]) => {
    const random = randomOf(round.seed, round.number, name);
    /** @param {number} mostMs */
    const pause = (mostMs) =>
      new Promise((resolve) => setTimeout(resolve, random.between(0, mostMs)));
    return lane({ round, random, calls, kept, pause, problems });
  });
  const threads = await Promise.all(lanes);
  const ended = [...(await calls.ended()), ...threads.flatMap((of) => of ?? [])];
  return { ended, problems, inside: await inside(round.number, kept) };
}

/** @param {number} round @param {Kept} kept */
async function inside(round, { signal }) {
  const left = await remaining(round);
  return {
    'heap of JavaScript': process.memoryUsage().heapUsed,
    'active resources': process.getActiveResourcesInfo().length,
    'listeners on a kept signal': getEventListeners(signal, 'abort').length,
    'objects of rounds that are over': left,
  };
}

process.on('message', async (/** @type {Round | 'end'} */ message) => {
  if (message === 'end') {
    // From now on nothing keeps this process but what the package has open.
    calls.close();
    process.disconnect();
    return;
  }
  process.send?.(await run(message));
});
