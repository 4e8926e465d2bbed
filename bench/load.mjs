// A candidate under steady load, beside a workspace whose tokens live for seconds.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { programs } from './programs.mjs';

const LATENCY_MS = 150;

/** More than the nine seconds after which this package gives a caller up. */
const PATIENCE_SECONDS = 10;

/**
 * Lifetimes and buffers in which a candidate does with tokens of `lifetimeMs` what it does with
 * those of an hour, in proportion.
 *
 * The recipe renews two minutes before the end of the hour; here a thirtieth of the lifetime. The
 * official client has the same two minutes and, for the access token, forty seconds; both are
 * constants. So its tokens get those on top, less what is in proportion: they are in use for as long as
 * those of an hour.
 * This package scales by itself, to its disadvantage: of an hour's token it leaves the last 10
 * seconds unused, of a shorter one a tenth, and it renews at half of the life instead of after 36
 * minutes.
 */
function scaled(candidate, lifetimeMs, accessLives) {
  const bufferMs = lifetimeMs / 30;
  const accessLifetimeMs = accessLives * lifetimeMs;
  if (candidate !== 'official') {
    const lifetimes = { accessToken: accessLifetimeMs, postgresToken: lifetimeMs };
    return { lifetimeMs: lifetimes, env: { RECIPE_REFRESH_BUFFER_MS: String(bufferMs) } };
  }
  return {
    lifetimeMs: {
      accessToken: 40_000 + accessLifetimeMs - bufferMs / 3,
      postgresToken: 120_000 + lifetimeMs - bufferMs,
    },
    env: {},
  };
}

/**
 * Runs the load. `meanwhile(workspace)` is called as it begins, and awaited. Access tokens live for `accessLives`
 * lives of a Postgres token, which is one with Databricks.
 * Resolves to what the candidate's callers saw, and to when requests came, in milliseconds after.
 */
export async function load(
  { host, url, candidate },
  {
    lifetimeMs,
    accessLives = 1,
    latencyMs = LATENCY_MS,
    callsPerSecond,
    seconds,
    patienceSeconds = PATIENCE_SECONDS,
    meanwhile = () => {},
  },
) {
  const scale = scaled(candidate, lifetimeMs, accessLives);
  const workspace = await host.start({ lifetimeMs: scale.lifetimeMs, latencyMs });
  const file = fileURLToPath(new URL('programs/load.mjs', import.meta.url));
  const child = programs.add(
    fork(file, [url, callsPerSecond, seconds, patienceSeconds].map(String), {
      env: { ...workspace.env, ...scale.env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  );
  await message(child, candidate);
  const startedAt = Date.now();
  child.send('go');
  const [result] = await Promise.all([message(child, candidate), meanwhile(workspace)]);
  const requestsMs = (await workspace.requests()).map((at) => at - startedAt);
  await workspace.close();
  return { ...result, requestsMs: requestsMs.filter((at) => at >= 0) };
}

async function message(child, candidate) {
  // Node may tell of the exit before what the program has sent.
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(
    ([[status, signal]]) => {
      throw new Error(`${candidate} under load ended with ${status ?? signal}.`);
    },
  );
  const [received] = await Promise.race([once(child, 'message'), ended]);
  return received;
}
