// The functions that read variables: cached calls, calls that have no patience or want more life, and
// tokens that Postgres refuses.
import {
  getLakebaseCredential,
  getLakebasePostgresToken,
  getLakebaseTokenStatus,
  invalidateLakebasePostgresToken,
} from 'lakebase-token';

/** @typedef {import('../load.mjs').Lane} Lane */

const place = 'storm';

/** @param {Lane} lane */
export async function cached({ calls, kept, pause }) {
  /** @type {[string, string, () => Promise<string>][]} */
  const both = [
    ['token', place, getLakebasePostgresToken],
    ['token of a calm workspace', 'calm', kept.calm.getToken],
  ];
  for (let bursts = 0; bursts < 25; bursts += 1) {
    for (const [kind, place, get] of both) {
      let last;
      for (let count = 0; count < 200; count += 1) {
        const promise = get();
        // Most are the same promise again.
        if (promise !== last) calls.make({ kind, place }, () => promise);
        last = promise;
      }
    }
    getLakebaseTokenStatus();
    await pause(80);
  }
}

/** @param {Lane} lane */
export async function patience({ calls, random, pause }) {
  for (let count = 0; count < 10; count += 1) {
    const timeoutMs = random.one([0, 1, 20, 300, 9000]);
    const minLifetimeMs = random.one([0, 1000, 2500, 3_600_000]);
    const may = timeoutMs < 9000 ? ['TIMEOUT'] : [];
    calls.make({ kind: 'credential', place, limitMs: timeoutMs, may }, () =>
      getLakebaseCredential({ timeoutMs, minLifetimeMs }),
    );
    await pause(150);
  }
}

/** @param {Lane} lane */
export async function invalidations({ calls, kept, pause, problems }) {
  for (let count = 0; count < 3; count += 1) {
    await pause(400);
    const [token, calm] = await Promise.all([
      calls.make({ kind: 'token', place }, getLakebasePostgresToken),
      calls.make({ kind: 'token of a calm workspace', place: 'calm' }, kept.calm.getToken),
    ]);
    for (const rejected of [token, token, calm, 'token-1']) {
      if (rejected !== undefined) invalidateLakebasePostgresToken(rejected);
    }
    if (invalidateLakebasePostgresToken('token-1')) problems.push('A token of nobody was in use.');
  }
}
