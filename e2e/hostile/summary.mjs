// What a run came to, in a few lines.

const MOST = 5;

/** @param {{ name: string, wrong: string[], seconds?: number, grownMiB?: number, error?: object }[]} results */
export function printSummary(results) {
  const failed = results.filter(({ wrong }) => wrong.length > 0).length;
  console.log(`\n${results.length} cases in ${process.uptime().toFixed(0)} s`);
  printMost('slowest', results, ({ seconds }) => seconds, 's');
  printMost('largest', results, ({ grownMiB }) => grownMiB, 'MiB');
  console.log(`${counts(results)}`);
  console.log(`${results.length - failed} right, ${failed} failed`);
}

function printMost(title, results, size, unit) {
  const most = results
    .filter((result) => size(result) !== undefined)
    .toSorted((a, b) => size(b) - size(a))
    .slice(0, MOST);
  for (const result of most) {
    console.log(`${title}: ${size(result).toFixed(2)} ${unit}, ${result.name}`);
  }
}

/** How many calls ended how. */
function counts(results) {
  const by = {};
  for (const { error, token } of results) {
    const end = error?.code ?? (token === undefined ? undefined : 'a token');
    if (end !== undefined) by[end] = (by[end] ?? 0) + 1;
  }
  return Object.entries(by)
    .map(([end, count]) => `${count} × ${end}`)
    .join(', ');
}
