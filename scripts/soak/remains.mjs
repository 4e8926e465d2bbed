// What is left of things that rounds have made: nothing of a round that is over should be.

/** @type {{ ref: WeakRef<object>, round: number }[]} */
let made = [];

/**
 * @template {object} T
 * @param {number} round
 * @param {T} thing
 */
export function noted(round, thing) {
  made.push({ ref: new WeakRef(thing), round });
  return thing;
}

/** How many things of rounds before `round` are there, after garbage was collected. @param {number} round */
export async function remaining(round) {
  // What native code has let go of in one turn, goes in the next.
  for (let turns = 0; turns < 3; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    /** @type {NodeJS.GCFunction} */ (globalThis.gc)();
  }
  made = made.filter(({ ref }) => ref.deref() !== undefined);
  return made.filter((one) => one.round < round).length;
}
