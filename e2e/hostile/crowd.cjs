// A process with many workspaces: what all of its callers settled with.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { peakMiB, told } = require('./telling.cjs');
const [, , entry, crowd] = process.argv;
const { getLakebaseCredential } = require(entry);
const { hostile, healthy, timeoutMs, forMs } = JSON.parse(crowd);

/** How often a caller comes to each workspace. */
const EVERY_MS = 250;

async function main() {
  const before = peakMiB();
  const calls = { hostile: [], healthy: [] };
  for (const begun = performance.now(); performance.now() - begun < forMs; await sleep(EVERY_MS)) {
    for (const env of hostile) calls.hostile.push(call(env));
    // An endpoint of its own has a token of its own, so that each of these calls needs an answer.
    const endpoint = `projects/test-project/branches/main/endpoints/number-${calls.healthy.length}`;
    calls.healthy.push(call({ ...healthy, LAKEBASE_ENDPOINT: endpoint }));
  }
  const settled = {
    hostile: await Promise.all(calls.hostile),
    healthy: await Promise.all(calls.healthy),
  };
  console.log(JSON.stringify({ ...settled, grownMiB: peakMiB() - before }));
}

async function call(env) {
  Object.assign(process.env, env);
  const begun = performance.now();
  const outcome = await getLakebaseCredential({ timeoutMs }).then(({ token }) => ({ token }), told);
  return { ...outcome, seconds: (performance.now() - begun) / 1000 };
}

main();
