// What happens in which round: by its number and the seed alone.
import { TROUBLES } from './faults.mjs';
import { randomOf } from './random.mjs';

/**
 * @typedef {import('./faults.mjs').Trouble} Trouble
 *
 * @typedef {object} Plan
 * @property {string} name what to say of it
 * @property {number} number
 * @property {Trouble} trouble
 * @property {{ from: number, until: number }} troubleMs since the beginning of the round
 * @property {'people' | 'federated' | undefined} alsoAt who has it too, besides the place of storms
 * @property {import('./store.mjs').State} store
 * @property {boolean} isElsewhere there is another workspace from now on, with other credentials
 * @property {number} lifeMs of its Postgres tokens
 */

/** @type {readonly import('./store.mjs').State[]} */
const STORE = ['up', 'down', 'up', 'up', 'stopped', 'up'];

const ROUNDS_OF_A_WORKSPACE = 3;

/** @param {string} seed @param {number} number from 1 @returns {Plan} */
export function planOf(seed, number) {
  const random = randomOf(seed, 'plan', number);
  const turn = number % TROUBLES.length;
  const order = randomOf(seed, 'troubles', (number - turn) / TROUBLES.length).shuffled(TROUBLES);
  const trouble = /** @type {Trouble} */ (order[turn]);
  const store = STORE[number % STORE.length] ?? 'up';
  const isOfAll = trouble.step === 'postgresToken';
  const from = random.between(0, 400);
  return {
    name: `round ${number}: ${trouble.name}${store === 'up' ? '' : `, store ${store}`}`,
    number,
    trouble,
    troubleMs: { from, until: from + random.between(300, 900) },
    alsoAt: isOfAll ? random.one([undefined, 'people', 'federated']) : undefined,
    store,
    isElsewhere: number % ROUNDS_OF_A_WORKSPACE === 0,
    lifeMs: random.between(1500, 4000),
  };
}
