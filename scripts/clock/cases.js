// The ways to a dead token that were found, each made to happen.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { faults } = require('../../js/testing.js');
const { startRig } = require('./rig.js');

const HOUR_MS = 3_600_000;

/** Whatever the client holds then, nothing replaces it. */
const NO_RENEWAL = { ...faults.unavailable, times: Infinity };

/**
 * Each tells what its client was given.
 * @type {Record<string, (folder: string) => Promise<import('./rig.js').Judgement>>}
 */
const cases = {
  'reading the variables takes until after the expiry': async (folder) => {
    const rig = await startRig(folder, 'slowVariables', { lifetimeMs: { postgresToken: 8000 } });
    await sleep(16_000);
    return rig.end();
  },
  '3 s behind, right while a request lasts, and behind again': (folder) =>
    behindAgain(folder, 3000, 6000),
  '20 s behind, right while a request lasts, and behind again': (folder) =>
    behindAgain(folder, 20_000, 10_000),
  'a Date that is 14 s behind, and an hour of sleep': async (folder) => {
    const rig = await startRig(folder, 'single');
    const date = new Date(Date.now() - 14_000).toUTCString();
    rig.workspace.answer('postgresToken', { headers: { date } });
    await rig.call();
    rig.workspace.answer('postgresToken', NO_RENEWAL);
    rig.suspend(HOUR_MS - 10_000);
    rig.ask();
    await sleep(17_000);
    return rig.end();
  },
};

/** @param {string} folder @param {number} behindMs @param {number} lifeMs */
async function behindAgain(folder, behindMs, lifeMs) {
  const rig = await startRig(folder, 'single', {
    lifetimeMs: { postgresToken: lifeMs },
    onToken: (rig) => rig.shift(0),
  });
  rig.shift(-behindMs);
  await rig.call();
  rig.workspace.answer('postgresToken', NO_RENEWAL);
  rig.shift(-behindMs);
  rig.ask();
  await sleep(lifeMs + behindMs);
  return rig.end();
}

module.exports = { cases };
