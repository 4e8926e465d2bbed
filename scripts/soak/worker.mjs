// A worker thread: either it makes some calls, tells how they ended, and ends; or it calls for ever.
import { parentPort, workerData } from 'node:worker_threads';
import {
  createLakebaseTokens,
  getLakebaseCredential,
  getLakebasePostgresToken,
  invalidateLakebasePostgresToken,
} from 'lakebase-token';
import { Calls } from './calls.mjs';

/** @type {{ round: import('./load.mjs').Round, isBusy: boolean }} */
const { round, isBusy } = workerData;
const { DATABRICKS_HOST, LAKEBASE_ENDPOINT, DATABRICKS_CLIENT_ID } = round.places.federated;

const federated = () =>
  createLakebaseTokens({
    host: DATABRICKS_HOST,
    endpoint: LAKEBASE_ENDPOINT,
    identity: { clientId: DATABRICKS_CLIENT_ID, idToken: async () => round.idToken },
  });

async function someCalls() {
  const calls = new Calls();
  const kind = 'worker thread';
  calls.make({ kind, place: 'storm' }, getLakebasePostgresToken);
  calls.make({ kind, place: 'storm' }, () => getLakebaseCredential({ minLifetimeMs: 1000 }));
  calls.make({ kind, place: 'federated' }, federated().getToken);
  parentPort?.postMessage(await calls.ended());
  calls.close();
}

/** A call is in flight whenever it is looked at. */
function callsForEver() {
  const again = () =>
    void getLakebasePostgresToken().then(invalidateLakebasePostgresToken).then(again, again);
  const controller = new AbortController();
  const ignored = () => {};
  getLakebaseCredential({ signal: controller.signal, minLifetimeMs: 1000 }).catch(ignored);
  getLakebaseCredential({ timeoutMs: 5000, minLifetimeMs: 1000 }).catch(ignored);
  federated().getToken().catch(ignored);
  controller.abort();
  again();
  parentPort?.postMessage('busy');
}

if (isBusy) callsForEver();
else await someCalls();
