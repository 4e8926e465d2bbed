// Subscribers of the diagnostics channels that come and go.
import diagnostics from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { noted } from '../remains.mjs';

const CHANNELS = [
  ...['fetch', 'wait'].flatMap((kind) =>
    ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map(
      (when) => `tracing:lakebase-token:${kind}:${when}`,
    ),
  ),
  'lakebase-token:attempt-failed',
  'lakebase-token:rejected',
];

/** What the emulator's tokens and secrets begin with. */
const SECRET = /(postgres-token|access-token|personal-token|client-secret)-/;

/** @param {import('../load.mjs').Lane} lane */
export async function subscribers({ round, random, pause, problems }) {
  for (let count = 0; count < 4; count += 1) {
    await pause(200);
    const channels = CHANNELS.filter(() => random.next() < 0.7);
    const hear = noted(
      round.number,
      (/** @type {unknown} */ message, /** @type {string | symbol} */ name) => {
        const secret = SECRET.exec(inspect(message, { depth: 5 }));
        if (secret) problems.push(`${String(name)} tells a secret: ${secret[0]}…`);
      },
    );
    for (const name of channels) diagnostics.subscribe(name, hear);
    await pause(400);
    for (const name of channels) diagnostics.unsubscribe(name, hear);
  }
}
