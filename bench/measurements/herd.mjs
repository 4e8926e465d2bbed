// What takes hours, or a fleet: ../simulation/ runs it over the slot and the lease of this package, with
// tokens that live for an hour. The official client is not simulated; it renews as the recipe.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const title = 'Simulated, tokens of an hour';

export async function measure({ quick, progress }) {
  const sizes = quick ? [100, 1_000] : [100, 1_000, 10_000, 100_000];
  progress(`${sizes.at(-1)} instances`);
  const { stdout } = await promisify(execFile)(
    'cargo',
    ['run', '--quiet', '--locked', '--example', 'herd', '--', ...sizes.map(String)],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), maxBuffer: 2 ** 26 },
  );
  const { fleets, outages } = JSON.parse(stdout);
  const rowsOfFleets = sizes.flatMap((instances) => {
    const [recipe, ours] = ['recipe', 'ours'].map((policy) =>
      fleets.find((fleet) => fleet.instances === instances && fleet.policy === policy),
    );
    return fleetRows(instances, recipe, ours);
  });
  return [...rowsOfFleets, ...outageRows(outages)];
}

function outageRows([recipe, ours]) {
  const row = (what, unit, pick) => ({
    group: 'down for 36 minutes, from every minute of an hour; a call a second',
    what,
    unit,
    values: [pick(recipe), null, pick(ours)],
  });
  return [
    row('outages that callers noticed', '%', ({ noticed }) => noticed * 100),
    {
      ...row('calls that failed, on average', '', ({ failed }) => failed),
      bins: [recipe.failedByBeginning, null, ours.failedByBeginning],
    },
    row('calls that failed, at worst', '', ({ mostFailed }) => mostFailed),
    {
      ...row('requests during it, on average', '', ({ requests }) => requests),
      bins: [recipe.requestsByBeginning, null, ours.requestsByBeginning],
    },
  ];
}

function fleetRows(instances, recipe, ours) {
  const row = (what, pick) => ({
    group: `${instances} instances that start within a second`,
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
