/**
 * Lines of cells, of which the first line has all. Those in the columns of `names` begin at one place, figures end there.
 * @param {string[][]} lines
 */
export function aligned(lines, names = [0]) {
  const [head = []] = lines;
  const widths = head.map((_, column) =>
    Math.max(...lines.map((cells) => (cells[column] ?? '').length)),
  );
  const padded = (/** @type {string} */ cell, /** @type {number} */ column) =>
    cell[names.includes(column) ? 'padEnd' : 'padStart'](widths[column] ?? 0);
  return lines.map((cells) => cells.map(padded).join('  ').trimEnd()).join('\n');
}
