// Rows of a measurement as text. A row is `{ group, what, unit, values }`, a value for each of the
// recipe, the official client and this package; `null` where there is none.
const HEADS = ['recipe', 'official', 'ours', 'ours/recipe', 'ours/official'];

export function table(title, rows) {
  const lines = [...grouped(rows)].flatMap(([group, members]) => [
    { cells: [group] },
    ...members.map((row) => ({ cells: [`  ${row.what}`, ...cellsOf(row)] })),
  ]);
  const first = Math.max(...lines.map(({ cells }) => cells[0].length), title.length);
  const widths = HEADS.map((head, column) =>
    Math.max(head.length, ...lines.map(({ cells }) => (cells[column + 1] ?? '').length)),
  );
  const line = ([name, ...cells]) =>
    [name.padEnd(first), ...cells.map((cell, column) => cell.padStart(widths[column]))].join('  ');
  return [line([title, ...HEADS]), ...lines.map(({ cells }) => line(cells))].join('\n');
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
  const figures = values.map((value) => (value === null ? '' : `${number(value)} ${unit}`.trim()));
  return [...figures, ratio(ours, recipe), ratio(ours, official)];
}

/** Nothing where one of them is nothing: twice nothing tells nothing. */
function ratio(ours, theirs) {
  if (!(ours > 0 && theirs > 0)) return '';
  return (ours / theirs).toLocaleString('en', { maximumSignificantDigits: 2 });
}

function number(value) {
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
