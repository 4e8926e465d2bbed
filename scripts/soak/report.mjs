// What came of it: one table, and what is wrong.
import { aligned } from '../../support/aligned.mjs';
import { levels } from './level.mjs';

/**
 * @typedef {import('./calls.mjs').Ended} Ended
 * @typedef {{ calls: number, tokens: number, slowest: Ended | undefined, when: string }} Kind
 */

/** More of them tell nothing new. */
const MOST_PROBLEMS = 30;

export class Report {
  /** @type {Map<string, Kind>} */
  #kinds = new Map();
  /** @type {Map<string, number>} */
  #errors = new Map();
  /** @type {string[]} */
  #problems = [];
  /** @type {import('./level.mjs').Sample[]} */
  #samples = [];
  #startedAt = performance.now();

  /** @param {import('./level.mjs').Sample} sample */
  sample(sample) {
    this.#samples.push(sample);
  }

  /** @param {Ended} call @param {string} when @param {string | undefined} problem */
  call(call, when, problem) {
    const { kind, token, error, tookMs } = call;
    const known = this.#kinds.get(kind) ?? { calls: 0, tokens: 0, slowest: undefined, when };
    this.#kinds.set(kind, known);
    known.calls += 1;
    if (token !== undefined) known.tokens += 1;
    if (error) this.#errors.set(error.code, (this.#errors.get(error.code) ?? 0) + 1);
    if (tookMs > (known.slowest?.tookMs ?? -1)) Object.assign(known, { slowest: call, when });
    if (problem !== undefined) this.problem(`${when}: ${kind}: ${problem}`);
  }

  /** @param {string} problem */
  problem(problem) {
    this.#problems.push(problem);
  }

  /** Prints all of it. Returns whether nothing is wrong. */
  end() {
    const all = levels(this.#samples);
    for (const [kind, { tokens }] of this.#kinds) {
      if (tokens === 0) this.problem(`${kind}: not one call has had a token`);
    }
    for (const { what, isLevel } of all) if (!isLevel) this.problem(`${what}: not level`);
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
    console.log(`\n${this.#samples.length} rounds in ${seconds} s\n`);
    console.log(aligned([...this.#rowsOfCalls(), [], ...rowsOfLevels(all)], [0, 4]));
    const errors = [...this.#errors].sort(([, a], [, b]) => b - a);
    console.log(`\nErrors: ${errors.map(([code, count]) => `${count} × ${code}`).join(', ')}`);
    for (const problem of this.#problems.slice(0, MOST_PROBLEMS)) console.log(`WRONG  ${problem}`);
    console.log(
      this.#problems.length === 0 ? 'All is well.' : `${this.#problems.length} are wrong.`,
    );
    return this.#problems.length === 0;
  }

  #rowsOfCalls() {
    const rows = [...this.#kinds].map(([kind, { calls, tokens, slowest, when }]) => [
      kind,
      `${calls}`,
      `${tokens}`,
      `${Math.round(slowest?.tookMs ?? 0)} ms`,
      when,
    ]);
    return [['', 'calls', 'tokens', 'slowest', 'in'], ...rows];
  }
}

/** @param {ReturnType<typeof levels>} all */
function rowsOfLevels(all) {
  const rows = all.map(({ what, before, after, limit, isLevel }) => [
    what,
    ...[before, after, limit].map(figure),
    isLevel ? 'level' : 'NOT LEVEL',
  ]);
  return [['at rest, medians', 'second third', 'last third', 'may grow by', ''], ...rows];
}

/** Those above a hundred thousand are bytes. @param {number} value */
function figure(value) {
  return value > 100_000 ? `${(value / 2 ** 20).toFixed(1)} MiB` : `${value}`;
}
