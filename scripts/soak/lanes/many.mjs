// What costs little, and is done so often that what one of it left would be seen within a minute.
import { createLakebaseTokens } from 'lakebase-token';
import { ABORTED } from '../calls.mjs';
import { optionsOf } from '../options.mjs';

const BURSTS = 6;
const A_BURST = 50;

/** @param {import('../load.mjs').Lane} lane */
export async function many({ round, calls, kept, pause }) {
  const options = optionsOf(round.places.calm);
  const reason = new Error('left');
  for (let bursts = 0; bursts < BURSTS; bursts += 1) {
    for (let count = 0; count < A_BURST; count += 1) {
      const make = (/** @type {string[]} */ may, /** @type {() => Promise<any>} */ ask) =>
        calls.make({ kind: 'one of many', place: 'calm', may, reason }, ask);
      make([], createLakebaseTokens(options).getToken);
      make(['TIMEOUT'], () => kept.calm.getCredential({ timeoutMs: 1, minLifetimeMs: 2000 }));
      const controller = new AbortController();
      make([ABORTED], () => kept.calm.getCredential({ signal: controller.signal }));
      controller.abort(reason);
      kept.calm.invalidate('token-1');
      kept.calm.getStatus();
    }
    await pause(300);
  }
}
