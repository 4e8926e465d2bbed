// Rows of a measurement as text. A row is `{ group, what, unit, values }`, a value for each of the
// recipe, the official client and this package; `null` where there is none.
import { aligned } from '../support/aligned.mjs';

const HEADS = ['recipe', 'official', 'ours', 'ours/recipe', 'ours/official'];

export function table(title, rows) {
  const lines = [...grouped(rows)].flatMap(([group, members]) => [
    [group],
    ...members.map((row) => [`  ${row.what}`, ...cellsOf(row)]),
  ]);
  return aligned([[title, ...HEADS], ...lines]);
}

function grouped(rows) {
  const groups = new Map();
  for (const row of rows) {
    groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  }
  return groups;
}

function cellsOf({ unit, values }) {
  const [recipe, official, ours] = values;
  const figures = values.map((value) => (value === null ? '' : amount(value, unit)));
  return [...figures, ratio(ours, recipe), ratio(ours, official)];
}

/** Nothing where one of them is nothing: twice nothing tells nothing. */
function ratio(ours, theirs) {
  if (!(ours > 0 && theirs > 0)) return '';
  return (ours / theirs).toLocaleString('en', { maximumSignificantDigits: 2 });
}

export function amount(value, unit) {
  return `${number(value)} ${unit}`.trim();
}

function number(value) {
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
