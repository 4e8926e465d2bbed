// The cost of a call when the token is cached: this package beside the module that people paste
// (the recipe's flow), in one process, in turns.
//
//   node bench/cached_call.js
'use strict';

const { getLakebasePostgresToken } = require('lakebase-token');
const { startWorkspaceEmulator } = require('lakebase-token/testing');

const ROUNDS = 41;
const CALLS = 200_000;

/** The flow of the recipe "Lakebase Token Management", written out in JavaScript. */
function recipe(env) {
  const REFRESH_BUFFER_MS = 2 * 60 * 1000;
  let cachedWorkspaceToken = null;
  let workspaceRefreshPromise = null;
  let cachedLakebaseToken = null;
  let lakebaseRefreshPromise = null;

  const isFresh = (token) => token !== null && Date.now() < token.expiresAt - REFRESH_BUFFER_MS;

  async function fetchWorkspaceToken() {
    const response = await fetch(`${env.DATABRICKS_HOST}/oidc/v1/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: env.DATABRICKS_CLIENT_ID,
        client_secret: env.DATABRICKS_CLIENT_SECRET,
        scope: 'all-apis',
      }),
    });
    const { access_token, expires_in } = await response.json();
    return { value: access_token, expiresAt: Date.now() + expires_in * 1000 };
  }

  async function getWorkspaceToken() {
    if (isFresh(cachedWorkspaceToken)) return cachedWorkspaceToken.value;
    workspaceRefreshPromise ??= fetchWorkspaceToken()
      .then((token) => {
        cachedWorkspaceToken = token;
        return token;
      })
      .finally(() => {
        workspaceRefreshPromise = null;
      });
    return (await workspaceRefreshPromise).value;
  }

  async function fetchLakebaseCredential(workspaceToken) {
    const response = await fetch(`${env.DATABRICKS_HOST}/api/2.0/postgres/credentials`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${workspaceToken}`,
        'Content-Type': 'application/json',
        Accept: 'application/json',
      },
      body: JSON.stringify({ endpoint: env.LAKEBASE_ENDPOINT }),
    });
    const { token, expire_time } = await response.json();
    return { value: token, expiresAt: new Date(expire_time).getTime() };
  }

  return async function getToken() {
    if (isFresh(cachedLakebaseToken)) return cachedLakebaseToken.value;
    lakebaseRefreshPromise ??= (async () => fetchLakebaseCredential(await getWorkspaceToken()))()
      .then((token) => {
        cachedLakebaseToken = token;
        return token;
      })
      .finally(() => {
        lakebaseRefreshPromise = null;
      });
    return (await lakebaseRefreshPromise).value;
  };
}

/** Nanoseconds per call, not awaited: what a caller spends before it gets the promise. */
function called(getToken) {
  const startedAt = process.hrtime.bigint();
  for (let call = 0; call < CALLS; call += 1) getToken();
  return Number(process.hrtime.bigint() - startedAt) / CALLS;
}

async function awaited(getToken) {
  const startedAt = process.hrtime.bigint();
  for (let call = 0; call < CALLS; call += 1) await getToken();
  return Number(process.hrtime.bigint() - startedAt) / CALLS;
}

async function compare(name, measure, ours, theirs) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ ours: await measure(ours), theirs: await measure(theirs) });
  }
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const ns = (value) => `${value.toFixed(0)} ns`.padStart(8);
  const [here, there] = [median(rounds.map((r) => r.ours)), median(rounds.map((r) => r.theirs))];
  const ratio = median(rounds.map((r) => r.ours / r.theirs));
  console.log(`${name.padEnd(9)}${ns(here)}${ns(there)}   ${ratio.toFixed(2)}`);
}

async function main() {
  const workspace = await startWorkspaceEmulator();
  Object.assign(process.env, workspace.env);
  // The recipe sends its secret in the body, as RFC 6749 §2.3.1 allows.
  const theirs = recipe(workspace.env);
  await Promise.all([getLakebasePostgresToken(), theirs()]);
  console.log(`Node ${process.version}, median of ${ROUNDS} rounds of ${CALLS} calls`);
  console.log('          package  recipe   ratio');
  await compare('called', called, getLakebasePostgresToken, theirs);
  await compare('awaited', awaited, getLakebasePostgresToken, theirs);
  await workspace.close();
}

main();
