// A fleet whose instances start within a second: ../herd.rs, which simulates it over the slot and
// the lease that this package runs. The official client is not simulated; it renews as the recipe.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const title = 'A fleet that starts within a second, simulated';

export async function measure({ quick, progress }) {
  const sizes = quick ? [100, 1_000] : [100, 1_000, 10_000, 100_000];
  progress(`${sizes.at(-1)} instances`);
  const { stdout } = await promisify(execFile)(
    'cargo',
    ['run', '--quiet', '--locked', '--example', 'herd', '--', ...sizes.map(String)],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), maxBuffer: 2 ** 26 },
  );
  const fleets = JSON.parse(stdout);
  return sizes.flatMap((instances) => {
    const [recipe, ours] = ['recipe', 'ours'].map((policy) =>
      fleets.find((fleet) => fleet.instances === instances && fleet.policy === policy),
    );
    return rowsOf(instances, recipe, ours);
  });
}

function rowsOf(instances, recipe, ours) {
  const row = (what, pick) => ({
    group: `${instances} instances`,
    what,
    unit: '/s',
    values: [pick(recipe), null, pick(ours)],
  });
  return [
    row('most requests, at the start', ({ peakAtStart }) => peakAtStart),
    {
      ...row('most requests, at the first renewal', (fleet) => fleet.peakAtFirstRenewal),
      // For the chart: the busiest second of each minute.
      ...(instances === 1_000 && { bins: [recipe.peaksByMinute, null, ours.peaksByMinute] }),
    },
    row('requests, on average', ({ meanPerSecond }) => meanPerSecond),
    { ...row('first renewal to average', ({ peakToMean }) => peakToMean), unit: '×' },
  ];
}
