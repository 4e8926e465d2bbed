// A minute of steady calls over tokens that live for six seconds, as ../load.mjs scales them, with
// 150 ms per request. A renewal is as slow as with real tokens but 600 times as frequent, and so
// are the callers who wait for it: hence also how many waited for each renewal.
import { load } from '../load.mjs';

export const title = 'Rotation, under steady load';

export async function measure({ host, candidates, quick, progress }) {
  const seconds = quick ? 2 : 60;
  const lifetimeMs = quick ? 1_000 : 6_000;
  const rows = [];
  for (const callsPerSecond of [100, 5_000]) {
    const runs = [];
    for (const { name, module } of candidates) {
      progress(`${name}, ${callsPerSecond} calls/s for ${seconds} s`);
      const options = { lifetimeMs, callsPerSecond, seconds };
      runs.push(await load({ host, url: module, candidate: name }, options));
    }
    rows.push(...rowsOf(runs, callsPerSecond));
  }
  return rows;
}

function rowsOf(runs, callsPerSecond) {
  const row = (what, unit, pick, more) => ({
    group: `${callsPerSecond} calls/s`,
    what,
    unit,
    values: runs.map(pick),
    ...more,
  });
  return [
    row('wait, median', 'ms', ({ waitMs }) => waitMs.p50),
    row('wait, p99', 'ms', ({ waitMs }) => waitMs.p99),
    row('wait, longest', 'ms', ({ waitMs }) => waitMs.max, {
      // For the chart: the longest wait of each quarter of a second.
      binMs: runs[0].binMs,
      bins: runs.map(({ longestWaitsMs }) => longestWaitsMs),
    }),
    row('callers who waited at all', '', ({ waited }) => waited),
    row('callers who failed', '', ({ failed }) => failed),
    row('requests', '', ({ requestsMs }) => requestsMs.length),
    row('event loop delay, p99', 'ms', ({ loopDelayMs }) => loopDelayMs.p99),
    row('event loop delay, longest', 'ms', ({ loopDelayMs }) => loopDelayMs.max),
  ];
}
