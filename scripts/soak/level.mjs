// Whether what was counted at the ends of the rounds stays level. Pure.

/**
 * At the end of a round, when all its calls have settled and nothing of it is kept.
 * @typedef {Record<keyof typeof LIMITS, number>} Sample
 *
 * @typedef {object} Level
 * @property {string} what
 * @property {number} before the median of the second third
 * @property {number} after that of the last
 * @property {number} limit
 * @property {boolean} isLevel
 */

const MIB = 2 ** 20;

/**
 * By how much each may grow from the second third to the last one. In the shortest run that lies between
 * both medians as many rounds as FEWEST_ROUNDS has thirds: what grows by one a round is over it.
 */
const LIMITS = /** @type {const} */ ({
  'memory (RSS)': 32 * MIB,
  'memory of malloc in use': 2 * MIB,
  'heap of JavaScript': MIB,
  'descriptors open for long': 4,
  threads: 2,
  'active resources': 0,
  'listeners on a kept signal': 0,
  'objects of rounds that are over': 2,
});

/** Of a run, however short. */
export const FEWEST_ROUNDS = 18;

/** @param {readonly Sample[]} samples @returns {Level[]} */
export function levels(samples) {
  const third = Math.floor(samples.length / 3);
  const names = /** @type {(keyof Sample)[]} */ (Object.keys(LIMITS));
  return names.map((what) => {
    const figures = samples.map((sample) => sample[what]);
    const before = median(figures.slice(third, 2 * third));
    const after = median(figures.slice(-third));
    const limit = LIMITS[what];
    return { what, before, after, limit, isLevel: after - before <= limit };
  });
}

/** @param {number[]} figures */
function median(figures) {
  return figures.sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}
