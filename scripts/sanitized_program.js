// What scripts/sanitize.sh runs beside the sanitized addon.
'use strict';

const { once } = require('node:events');
const { setImmediate: turn } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
// By its name: the package that this is copied into.
const { getLakebaseCredential, getLakebasePostgresToken, invalidateLakebasePostgresToken } =
  require('lakebase-token');
const { startWorkspaceEmulator } = require('lakebase-token/testing');

const WORKERS = 8;
const worker = `
  const { getLakebaseCredential, getLakebasePostgresToken } = require(${JSON.stringify(require.resolve('lakebase-token'))});
  for (let call = 0; call < 20; call += 1) {
    getLakebasePostgresToken().catch(() => {});
    getLakebaseCredential({ timeoutMs: 5 + call, minLifetimeMs: 1500 }).catch(() => {});
  }
  require('node:worker_threads').parentPort.postMessage('called');
  setInterval(() => {}, 1000);
`;

/** @type {import('lakebase-token/testing').FaultName[]} */
const FAULTS = ['notFound', 'reset', 'hang', 'invalidAccessToken', 'drip'];

/** @param {number} rounds */
async function main(rounds) {
  const workspace = await startWorkspaceEmulator({
    lifetimeMs: { postgresToken: 2000 },
    latencyMs: 5,
  });
  Object.assign(process.env, workspace.env);
  for (let round = 0; round < rounds; round += 1) {
    // By a name of their own, so that they have flights, which no refused token paces.
    const host = workspace.url.replace('127.0.0.1', `round-${round}.localhost`);
    const env = { ...workspace.env, DATABRICKS_HOST: host };
    const workers = Array.from({ length: WORKERS }, () => new Worker(worker, { eval: true, env }));
    await Promise.all(workers.map((started) => once(started, 'message')));
    // At different moments of the flight.
    for (let turns = round % 10; turns > 0; turns -= 1) await turn();
    await Promise.all(workers.map((started) => started.terminate()));

    const token = await getLakebasePostgresToken().catch(() => 'token-1');
    for (let call = 0; call < 1000; call += 1) getLakebasePostgresToken().catch(() => {});
    invalidateLakebasePostgresToken(token);
    workspace.answer('postgresToken', FAULTS[round % FAULTS.length] ?? null);
    const controller = new AbortController();
    const left = getLakebaseCredential({ signal: controller.signal }).catch(() => {});
    await turn();
    controller.abort();
    await left;
    await getLakebaseCredential({ timeoutMs: 100 }).catch(() => {});
    workspace.answer('postgresToken', null);
  }
  await workspace.close();
  console.log(
    `${rounds} rounds, ${rounds * WORKERS} worker threads terminated with calls in flight`,
  );
}

main(Number(process.argv[2]));
