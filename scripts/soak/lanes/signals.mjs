// Signals that abort before a call, amid it, after it, and never.
import { getLakebaseCredential } from 'lakebase-token';
import { ABORTED } from '../calls.mjs';
import { noted } from '../remains.mjs';

const place = 'storm';

/** @param {import('../load.mjs').Lane} lane */
export async function signals({ round, random, calls, kept, pause }) {
  for (let count = 0; count < 12; count += 1) {
    const controller = new AbortController();
    const signal = noted(round.number, controller.signal);
    const reason = noted(round.number, new Error('left'));
    const when = random.one(/** @type {const} */ (['before', 'at once', 'amid', 'after']));
    if (when === 'before') controller.abort(reason);
    const may = when === 'after' ? [] : [ABORTED];
    const call = calls.make({ kind: 'credential with a signal', place, may, reason }, () =>
      // Half a token's life: nobody has one that is as good as it is at once.
      getLakebaseCredential({ signal, minLifetimeMs: random.one([0, 1500]) }),
    );
    if (when === 'amid') await pause(30);
    if (when === 'after') await call;
    controller.abort(reason);
    calls.make({ kind: 'credential with a kept signal', place }, () =>
      getLakebaseCredential({ signal: kept.signal }),
    );
    await pause(100);
  }
}
