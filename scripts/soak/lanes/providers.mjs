// Providers that are made and dropped.
import { createLakebaseTokens } from 'lakebase-token';
import { optionsOf } from '../options.mjs';
import { noted } from '../remains.mjs';

/** @param {import('../load.mjs').Lane} lane */
export async function providers({ round, random, calls, pause }) {
  for (let count = 0; count < 15; count += 1) {
    const place = random.one(/** @type {const} */ (['storm', 'calm']));
    const env = place === 'storm' ? round.env : round.places.calm;
    const url = new URL(String(env.DATABRICKS_HOST));
    // Another name of the same workspace has a cache, a client and connections of its own.
    if (random.next() < 0.5) url.hostname = `${place}-${round.number}-${count}.localhost`;
    const provider = createLakebaseTokens({
      ...optionsOf(env),
      host: url.origin,
      // So long that a store is asked for it; of one workspace alone, which keeps it.
      ...(place === 'calm' &&
        url.hostname === '127.0.0.1' && { ttlMs: random.one([300_000, 600_000]) }),
    });
    noted(round.number, provider);
    calls.make(
      { kind: `provider of a ${place === 'calm' ? 'calm' : 'stormy'} workspace`, place },
      () => (random.next() < 0.5 ? provider.getToken() : provider.getCredential()),
    );
    provider.getStatus();
    await pause(80);
  }
}
