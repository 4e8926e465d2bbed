// What scripts/release/smoke.js runs in a project that has the package installed: a token over https,
// cached, and the same one in a worker thread. Then nothing is left that keeps the process alive.
'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { createRequire } = require('node:module');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { CA_FILE, serverKeys } = require('../../support/tls/keys.js');

async function main() {
  const project = createRequire(path.join(process.cwd(), 'index.js'));
  /** @type {typeof import('lakebase-token')} */
  const { getLakebasePostgresToken } = project('lakebase-token');
  /** @type {typeof import('lakebase-token/testing')} */
  const { startWorkspaceEmulator } = project('lakebase-token/testing');
  const workspace = await startWorkspaceEmulator({ tls: serverKeys });
  Object.assign(process.env, workspace.env);
  await assert.rejects(
    getLakebasePostgresToken(),
    /certificate/,
    'an unknown authority is trusted',
  );
  assert.equal(workspace.requests.length, 0);

  process.env.NODE_EXTRA_CA_CERTS = CA_FILE;
  const token = await getLakebasePostgresToken();
  assert.equal(token, workspace.issuedTokens[0]?.token);
  assert.equal(await getLakebasePostgresToken(), token, 'the second call is not cached');
  assert.equal(await inWorker(project.resolve('lakebase-token')), token);
  assert.deepEqual(
    workspace.requests.map(({ path, status }) => `${path} ${status}`),
    ['/oidc/v1/token 200', '/api/2.0/postgres/credentials 200'],
  );
  await workspace.close();
  const { platform, arch, version } = process;
  console.log(`${platform} ${arch}, Node ${version}: one token over https, for two threads.`);
}

/** @param {string} file */
async function inWorker(file) {
  const program = `
    const { parentPort } = require('node:worker_threads');
    require(${JSON.stringify(file)}).getLakebasePostgresToken().then((token) => parentPort.postMessage(token));
  `;
  const worker = new Worker(program, { eval: true });
  const ended = once(worker, 'exit');
  const [token] = await once(worker, 'message');
  assert.deepEqual(await ended, [0]);
  return token;
}

main();
