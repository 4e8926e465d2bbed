// Steps of the wall clock at random, with stops of the client in between.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { faults } = require('../../js/testing.js');
const { startRig } = require('./rig.js');

const DAY_MS = 86_400_000;
const SHORTEST_LIFE_MS = 6000;
const LONGEST_LIFE_MS = 10_000;

/**
 * @typedef {import('lakebase-token/testing').Fault} Fault
 * @typedef {Awaited<ReturnType<typeof startRig>>} Rig
 * @typedef {[least: number, most: number]} Range
 *
 * @typedef {object} Phase
 * @property {string} name
 * @property {Range} pauseMs
 * @property {() => number} shift
 * @property {Fault | null} answer
 */

const between = (/** @type {Range} */ ...[least, most]) => least + Math.random() * (most - least);

/** From half a second to a day, every order of magnitude as often as another. */
const anyShift = () => 500 * (DAY_MS / 500) ** Math.random() * (Math.random() < 0.5 ? -1 : 1);

/** The true time, now and then. */
const orTrue = (/** @type {number} */ shift) => (Math.random() < 0.4 ? 0 : shift);

/**
 * How the clock steps. Without a `Date` nobody can tell that the clock is behind, so then it is right
 * or ahead.
 *
 * @type {Phase[]}
 */
const phases = [
  { name: 'often', pauseMs: [50, 400], shift: anyShift, answer: null },
  { name: 'seldom', pauseMs: [4000, 10_000], shift: anyShift, answer: null },
  {
    name: 'without a Date',
    pauseMs: [500, 4000],
    shift: () => Math.abs(anyShift()),
    answer: { headers: { date: null }, times: Infinity },
  },
];

/** While it lasts, the client has to do with what it holds, to its end. */
const OUTAGE = { ...faults.unavailable, times: Infinity };

/**
 * Runs all phases, one after the other: what the client was given in each, and what it met.
 * @param {string} folder
 * @param {number} seconds
 */
async function randomSteps(folder, seconds) {
  /** @type {[name: string, judgement: import('./rig.js').Judgement][]} */
  const results = [];
  for (const phase of phases) {
    results.push([
      `random steps, ${phase.name}`,
      await run(folder, phase, seconds / phases.length),
    ]);
  }
  return results;
}

/** @param {string} folder @param {Phase} phase @param {number} seconds */
async function run(folder, { pauseMs, shift, answer }, seconds) {
  const met = { steps: 0, stops: 0 };
  const step = (/** @type {Rig} */ rig) => {
    met.steps += 1;
    rig.workspace.setLifetime({
      postgresToken: Math.round(between(SHORTEST_LIFE_MS, LONGEST_LIFE_MS)),
    });
    rig.workspace.setLatency(Math.round(between(0, 300)));
    rig.shift(orTrue(shift()));
  };
  const rig = await startRig(folder, 'busy', {
    lifetimeMs: { postgresToken: LONGEST_LIFE_MS },
    // Two steps around the answer to a request: both before it, or the second one back, after it.
    onToken: async (rig) => {
      if (Math.random() < 0.2) return;
      const before = rig.shiftMs;
      rig.shift(orTrue(shift()));
      await sleep(between(0, 50));
      if (Math.random() < 0.3) step(rig);
      else setTimeout(() => rig.shift(before), between(50, 500));
    },
  });
  rig.workspace.answer('postgresToken', answer);
  const until = performance.now() + seconds * 1000;
  const isOver = () => performance.now() > until;
  await Promise.all([
    every(pauseMs, isOver, () => step(rig)),
    every([500, 4000], isOver, () => {
      met.stops += 1;
      return rig.stop(8000 * Math.random() ** 3);
    }),
    every([1000, 4000], isOver, () => {
      const isOut = Math.random() < 0.2;
      rig.workspace.answer('postgresToken', isOut ? OUTAGE : answer);
    }),
  ]);
  return { ...(await rig.end()), ...met };
}

/**
 * Does it again and again, after a pause each time.
 * @param {Range} pauseMs
 * @param {() => boolean} isOver
 * @param {() => void | Promise<void>} act
 */
async function every(pauseMs, isOver, act) {
  while (!isOver()) {
    await sleep(between(...pauseMs));
    await act();
  }
}

module.exports = { randomSteps };
