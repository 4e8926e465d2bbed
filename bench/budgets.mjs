// What this package is held to: each budget with its figure in a run, its limit, and the command that measures it. What
// one run cannot measure has no figure in it.
import { statSync } from 'node:fs';
import path from 'node:path';
import targets from '../scripts/targets.js';
import { aligned } from '../support/aligned.mjs';
import dist from '../support/dist.js';
import { rounded } from './statistics.mjs';
import { amount } from './table.mjs';

/** The commit whose cold start is the limit. */
const BEFORE = 'b877186';

const RECIPE = 0;
const OURS = 2;

/** Of the results of a run; for results.json. */
export function budgetsOf(results) {
  const read = reading(results);
  return BUDGETS.map(({ budget, unit, most, least, command, figure }) => {
    const measured = figure(read);
    const isReached = least === undefined ? measured <= most : measured >= least;
    return {
      budget,
      figure: measured === undefined ? null : rounded(measured),
      unit,
      ...(least === undefined ? { most } : { least }),
      reached: measured === undefined ? null : isReached,
      command,
    };
  });
}

export function budgetTable(title, budgets) {
  const lines = budgets.map(({ budget, figure, unit, most, least, reached, command }) => [
    budget,
    figure === null ? '' : amount(figure, unit),
    least === undefined ? `≤ ${amount(most, unit)}` : `≥ ${amount(least, unit)}`,
    reached === null ? 'not measured' : reached ? 'yes' : 'NO',
    command,
  ]);
  return aligned([[title, 'figure', 'limit', 'reached', 'command'], ...lines], [0, 4]);
}

/** The value of a row, of this package unless it is said whose. Throws where there is no such row, but for `ifAny`. */
function reading(results) {
  const ifAny = (measurement, group, what, whose = OURS) =>
    results[measurement].find((row) => row.group === group && row.what === what)?.values[whose];
  const read = (...row) => {
    const value = ifAny(...row);
    if (value === undefined) throw new Error(`There is no such row: ${row.join(', ')}.`);
    return value;
  };
  return Object.assign(read, { ifAny });
}

const BY_REQUIRE = ['cold', 'http, by require()'];
const FIRST_TOKEN = [...BY_REQUIRE, 'import + first token'];

/** What a call with a subscriber takes, over the recipe's. */
function overRecipe(read, how) {
  const call = ['cached-call', 'per call'];
  return read(...call, `${how}, with a subscriber`) / read(...call, how, RECIPE);
}

function peakMemory(read, protocol) {
  return read('footprint', 'over bare node', `peak memory, first token over ${protocol}`);
}

function waited(read, rate) {
  return read('rotation', `${rate} calls/s`, 'callers who waited at all');
}

/** Of what a release is made of, if it has been. */
function megabytes(target) {
  const file = path.join(dist.DIST, 'binaries', `lakebase-token.${target}.node`);
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  return size && size / 1e6;
}

const bench = (only) => `npm run bench -- --only ${only}`;

const BUDGETS = [
  {
    budget: 'cached call with a subscriber, over the recipe',
    ...{ unit: '×', most: 0.8, command: bench('cached-call') },
    figure: (read) => overRecipe(read, 'called'),
  },
  {
    budget: 'the same, awaited',
    ...{ unit: '×', most: 1, command: bench('cached-call') },
    figure: (read) => overRecipe(read, 'awaited'),
  },
  {
    budget: 'first token by require(): the recipe over this package',
    ...{ unit: '×', least: 10, command: bench('cold') },
    figure: (read) => read(...FIRST_TOKEN, RECIPE) / read(...FIRST_TOKEN),
  },
  {
    budget: 'first token by require(), over a bare dlopen',
    ...{ unit: '×', most: 1.5, command: bench('cold') },
    figure: (read) => read(...BY_REQUIRE, 'ours over a bare dlopen'),
  },
  {
    budget: `first token by require(), over ${BEFORE}`,
    ...{ unit: '×', most: 1, command: `${bench('cold')} --before ${BEFORE}` },
    figure: (read) => read.ifAny(...BY_REQUIRE, `ours over ${BEFORE}`),
  },
  {
    budget: 'peak memory of a first token, over bare Node',
    ...{ unit: 'MiB', most: 5, command: bench('footprint') },
    figure: (read) => Math.max(peakMemory(read, 'http'), peakMemory(read, 'https')),
  },
  ...targets.targets.map(({ name }) => ({
    budget: `addon, ${name}`,
    ...{ unit: 'MB', most: targets.largestBytes(name) / 1e6 },
    command: `npm run build:release -- ${name}; npm run check:binaries`,
    figure: () => megabytes(name),
  })),
  {
    budget: 'callers who wait at a renewal, 150 ms per request',
    ...{ unit: '', most: 0, command: bench('rotation') },
    figure: (read) => waited(read, 100) + waited(read, 5000),
  },
  {
    budget: 'callers who wait at a renewal, 300 ms per request',
    ...{ unit: '', most: 0, command: bench('faults') },
    figure: (read) => read('faults', 'every request takes 300 ms', 'calls that waited'),
  },
  {
    budget: `.ci/run, over that of ${BEFORE}`,
    ...{ unit: '×', most: 1, command: 'bash .ci/run, in a checkout of each' },
    figure: () => undefined,
  },
];
