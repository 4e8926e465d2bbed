// Copies of the package that come and go, in this realm and in those of vm contexts.
import path from 'node:path';
import { packageCopy, packageInContext } from '../package_copy.mjs';
import { noted } from '../remains.mjs';

const OWN = path.resolve(import.meta.dirname, '../../..');

/** @param {import('../load.mjs').Lane} lane */
export async function copies(lane) {
  for (let count = 0; count < 2; count += 1) {
    const api = packageCopy(lane.random.one([OWN, lane.round.elsewhere]));
    use(lane, 'copy', noted(lane.round.number, api));
    await lane.pause(400);
  }
}

/** @param {import('../load.mjs').Lane} lane */
export async function contexts(lane) {
  for (let count = 0; count < 2; count += 1) {
    const { context, api, isOfIt } = packageInContext(lane.random.one([OWN, lane.round.elsewhere]));
    noted(lane.round.number, context);
    const promise = api.getLakebasePostgresToken();
    if (!isOfIt(promise)) lane.problems.push('A context was given a promise of another realm.');
    lane.calls.make({ kind: 'context', place: 'storm' }, () => promise);
    use(lane, 'context', noted(lane.round.number, api));
    await lane.pause(400);
  }
}

/**
 * @param {import('../load.mjs').Lane} lane
 * @param {string} kind
 * @param {import('../package_copy.mjs').Api} api
 */
function use({ round, calls, kept }, kind, api) {
  const { DATABRICKS_HOST, LAKEBASE_ENDPOINT, DATABRICKS_TOKEN } = round.places.people;
  const provider = api.createLakebaseTokens({
    host: DATABRICKS_HOST,
    endpoint: LAKEBASE_ENDPOINT,
    identity: { accessToken: () => String(DATABRICKS_TOKEN) },
  });
  calls.make({ kind, place: 'storm' }, api.getLakebasePostgresToken);
  calls.make({ kind, place: 'storm' }, () => api.getLakebaseCredential({ signal: kept.signal }));
  calls.make({ kind, place: 'people' }, noted(round.number, provider).getToken);
  api.getLakebaseTokenStatus();
}
