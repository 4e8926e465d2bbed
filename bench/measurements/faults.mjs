// What callers notice of a fault that begins with the renewal of a token that is still good. Each candidate renews at a
// moment of its own; the fault waits for it. Counted, not timed: all of them run at once.
//
// Lives are scaled, as ../load.mjs says: what is an hour is two minutes here, so a minute is two seconds. Nobody's
// limits and pauses are, which is unkind where one hangs: this package tries again after five seconds, Node's `fetch`
// gives up after five minutes. With tokens of an hour the recipe's callers wait for those five minutes, and not to
// the end of the load as here; a pool ends each wait after its own limit.
//
// Access tokens of Databricks live as long as Postgres tokens. The last group has some that live longer, so that those
// that were revoked are in use at the renewal by all.
import { load } from '../load.mjs';

export const title = 'A fault at a renewal';

const CALLS_PER_SECOND = 100;

export async function measure({ host, candidates, quick, progress }) {
  const lifetimeMs = quick ? 2_000 : 120_000;
  const seconds = (1.25 * lifetimeMs) / 1000;
  // Long enough for every answer, but of a request that hangs for ever.
  const patienceSeconds = quick ? 1 : 10;
  const scenarios = scenariosOf(lifetimeMs / 60);
  progress(`${candidates.length * scenarios.length} processes for ${seconds} s`);
  const rows = await Promise.all(
    scenarios.map(async ({ group, ...scenario }) => {
      const options = { lifetimeMs, callsPerSecond: CALLS_PER_SECOND, seconds, patienceSeconds };
      const runs = await Promise.all(
        candidates.map(({ name, module }) =>
          load({ host, url: module, candidate: name }, { ...options, ...scenario }),
        ),
      );
      return rowsOf(runs, group);
    }),
  );
  return rows.flat();
}

function scenariosOf(minuteMs) {
  const revoke = (workspace) => workspace.revokeAccessTokens();
  return [
    {
      group: 'the workspace is away for a minute',
      meanwhile: (workspace) => workspace.breakFor('unavailable', minuteMs),
    },
    { group: 'every request takes 300 ms', latencyMs: 300 },
    {
      group: 'the workspace hangs for a minute',
      meanwhile: (workspace) => workspace.breakFor('hang', minuteMs),
    },
    { group: 'access tokens were revoked', meanwhile: revoke },
    { group: 'the same, and they live three times as long', accessLives: 3, meanwhile: revoke },
  ];
}

function rowsOf(runs, group) {
  const row = (what, unit, pick) => ({ group, what, unit, values: runs.map(pick) });
  return [
    row('calls', '', ({ calls }) => calls),
    row('calls that failed', '', ({ failed }) => failed),
    row('calls that waited', '', ({ waited }) => waited),
    row('calls without an answer in the end', '', ({ unanswered }) => unanswered),
    row('wait, longest', 'ms', ({ waitMs }) => waitMs.max),
    row('requests', '', ({ requestsMs }) => requestsMs.length),
  ];
}
