// The workspace answers 503 for six tenths of a token's life. Whether that is noticed depends on the
// moment at which it begins, so it begins at several, a quarter of a life apart. Counted, not timed:
// all of them run at once.
//
// Tokens of a minute are unkind to this package: it leaves a tenth of them unused, renews at half of
// their life, and its pauses after failed flights, up to 30 s, do not shrink with them. The recipe,
// which asks with every call, is back at once. The simulation (herd) has tokens of an hour.
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from '../load.mjs';

export const title = 'An outage, at 100 calls/s';

const BEGINNINGS = [1, 1.25, 1.5, 1.75];
const LENGTH = 0.6;

export async function measure({ host, candidates, quick, progress }) {
  const lifetimeMs = quick ? 2_000 : 60_000;
  const seconds = (3 * lifetimeMs) / 1000;
  progress(`${candidates.length * BEGINNINGS.length} processes for ${seconds} s`);
  const runs = await Promise.all(
    candidates.map(({ name, module }) =>
      Promise.all(
        BEGINNINGS.map((beginning) =>
          load(
            { host, url: module, candidate: name },
            {
              lifetimeMs,
              callsPerSecond: 100,
              seconds,
              meanwhile: (workspace) => outage(workspace, beginning * lifetimeMs, lifetimeMs),
            },
          ),
        ),
      ),
    ),
  );
  return BEGINNINGS.flatMap((beginning, index) =>
    rowsOf(
      runs.map((ofCandidate) => ofCandidate[index]),
      { beginning, lifetimeMs },
    ),
  );
}

async function outage(workspace, beginsAfterMs, lifetimeMs) {
  await sleep(beginsAfterMs);
  await workspace.answerAll('unavailable');
  await sleep(LENGTH * lifetimeMs);
  await workspace.answerAll(null);
}

function rowsOf(runs, { beginning, lifetimeMs }) {
  const fromMs = beginning * lifetimeMs;
  const untilMs = fromMs + LENGTH * lifetimeMs;
  const duringIt = (at) => at >= fromMs && at < untilMs;
  const group = `down from ${beginning} to ${beginning + LENGTH} lifetimes`;
  const row = (what, unit, pick) => ({ group, what, unit, values: runs.map(pick) });
  return [
    row('calls that failed', '', ({ failed }) => failed),
    row('wait, longest', 'ms', ({ waitMs }) => waitMs.max),
    {
      ...row('requests during it', '', ({ requestsMs }) => requestsMs.filter(duringIt).length),
      down: [fromMs / 1000, untilMs / 1000],
      // For the chart: requests in each second.
      bins: runs.map(({ requestsMs }) => perSecond(requestsMs, (3 * lifetimeMs) / 1000)),
    },
  ];
}

function perSecond(momentsMs, seconds) {
  const bins = new Array(seconds).fill(0);
  for (const at of momentsMs) bins[Math.min(seconds - 1, Math.floor(at / 1000))] += 1;
  return bins;
}
