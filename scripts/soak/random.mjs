// Numbers that look random and come again with the same seed.
import { createHash } from 'node:crypto';

/**
 * Mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 * @param {...(string | number)} seed
 */
export function randomOf(...seed) {
  let state = createHash('sha256').update(seed.join('/')).digest().readUInt32LE();
  /** From 0 to below 1. */
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** A whole number. @param {number} least @param {number} most */
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    /** @template T @param {readonly T[]} choices @returns {T} */
    one: (choices) => /** @type {T} */ (choices[Math.floor(next() * choices.length)]),
    /** @template T @param {readonly T[]} list */
    shuffled: (list) =>
      list
        .map((item) => ({ item, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item),
  };
}

/** @typedef {ReturnType<typeof randomOf>} Random */
