// What scripts/release/smoke.js runs in a project that has the package installed: what a binary has to
// stand on a platform that the tests do not run on. The last line says what it took.
//
//   node smoke_program.js [end [CROWD]]    then nothing is left that keeps the process alive; so many threads
//   node smoke_program.js exit             leaves amid its calls
'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { setTimeout: elapsed } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { CA_FILE, serverKeys } = require('../../support/tls/keys.js');

/** @typedef {import('../../testing.js').WorkspaceEmulator} Workspace */

const [, , way = 'end', crowd = '50'] = process.argv;

const project = createRequire(path.join(process.cwd(), 'index.js'));
/** @type {typeof import('lakebase-token')} */
const { createLakebaseTokens, getLakebasePostgresToken, invalidateLakebasePostgresToken } =
  project('lakebase-token');
/** @type {typeof import('lakebase-token/testing')} */
const { startWorkspaceEmulator } = project('lakebase-token/testing');

const CHECKS = {
  loads: [loads],
  token: [overHttp, overHttps],
  renewal: [renewed],
  errors: [refused],
  workers: [sharedWithAWorker, terminatedInFlight, endByThemselves],
  copies: [copiesShare],
};

async function main() {
  for (const name of SURROUNDINGS) delete process.env[name];
  if (way === 'exit') return await leavesAmidCalls();
  /** @type {Record<string, number>} */
  const milliseconds = {};
  for (const [name, checks] of Object.entries(CHECKS)) {
    const startedAt = performance.now();
    for (const check of checks) await check();
    milliseconds[name] = Math.round(performance.now() - startedAt);
  }
  const { platform, arch, version } = process;
  console.log(`${platform} ${arch}, Node ${version}: ${JSON.stringify(milliseconds)} ms.`);
  writeFileSync('milliseconds.json', JSON.stringify(milliseconds));
}

/** What a machine may say of its own network. */
const SURROUNDINGS = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_USE_SYSTEM_CA',
].concat(['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]));

function loads() {
  project('lakebase-token/native');
}

async function overHttp() {
  await withWorkspace({}, async (workspace) => {
    const token = await getLakebasePostgresToken();
    assert.equal(token, workspace.issuedTokens[0]?.token);
    assert.equal(await getLakebasePostgresToken(), token, 'the second call is not cached');
    assert.deepEqual(
      workspace.requests.map(({ path, status }) => `${path} ${status}`),
      ['/oidc/v1/token 200', '/api/2.0/postgres/credentials 200'],
    );
    assert.equal(invalidateLakebasePostgresToken(token), true);
    assert.notEqual(await getLakebasePostgresToken(), token);
  });
}

/** By the authorities that come along, by the system's, and by the one that is named. */
async function overHttps() {
  await withWorkspace({ tls: serverKeys }, async (workspace) => {
    await assert.rejects(getLakebasePostgresToken(), /certificate/, 'a stranger is trusted');
    process.env.NODE_USE_SYSTEM_CA = '1';
    await assert.rejects(getLakebasePostgresToken(), /certificate/, 'the system trusts a stranger');
    delete process.env.NODE_USE_SYSTEM_CA;
    assert.equal(workspace.requests.length, 0);
    process.env.NODE_EXTRA_CA_CERTS = CA_FILE;
    assert.equal(await getLakebasePostgresToken(), workspace.issuedTokens[0]?.token);
    delete process.env.NODE_EXTRA_CA_CERTS;
  });
}

/** By the platform's own clocks. */
async function renewed() {
  await withWorkspace({ lifetimeMs: { postgresToken: 2_000 } }, async () => {
    const first = await getLakebasePostgresToken();
    await elapsed(2_200);
    assert.notEqual(await getLakebasePostgresToken(), first);
  });
}

/** In one line, whatever the platform's own words end in. */
async function refused() {
  await withWorkspace({}, async (workspace) => {
    await workspace.close();
    await Promise.all([workspace.url, 'https://does-not-exist.invalid'].map(isUnavailable));
  });
}

/** @param {string} host */
async function isUnavailable(host) {
  const error = await createLakebaseTokens({ host })
    .getToken()
    .then(assert.fail, (error) => error);
  assert.equal(error.code, 'ERR_LAKEBASE_UNAVAILABLE');
  assert.doesNotMatch(error.message, /[\r\n]|\.\.|\. \(/);
}

async function sharedWithAWorker() {
  await withWorkspace({}, async () => {
    const token = await getLakebasePostgresToken();
    const worker = inWorker(
      'getLakebasePostgresToken().then((token) => parentPort.postMessage(token));',
    );
    assert.deepEqual(await Promise.all([once(worker, 'message'), once(worker, 'exit')]), [
      [token],
      [0],
    ]);
  });
}

async function terminatedInFlight() {
  const busy = `
    const again = () =>
      getLakebasePostgresToken().then((token) => { invalidateLakebasePostgresToken(token); return again(); }, again);
    for (let calls = 0; calls < 5; calls += 1) again();
    parentPort.postMessage('busy');
  `;
  await withWorkspace({ latencyMs: 15 }, async () => {
    for (let number = 0; number < Number(crowd); number += 1) {
      const worker = inWorker(busy);
      // Some before they have begun.
      if (number % 5 > 0) await once(worker, 'message');
      await elapsed((number * 7) % 31);
      await worker.terminate();
    }
    assert.equal(typeof (await getLakebasePostgresToken()), 'string');
  });
}

async function endByThemselves() {
  await withWorkspace({ latencyMs: 5 }, async (workspace) => {
    const workers = Array.from({ length: Number(crowd) }, () =>
      inWorker('getLakebasePostgresToken().then((token) => parentPort.postMessage(token));'),
    );
    const ends = await Promise.all(
      workers.map((worker) => Promise.all([once(worker, 'message'), once(worker, 'exit')])),
    );
    assert.deepEqual([...new Set(ends.map(([, [code]]) => code))], [0]);
    assert.equal(new Set(ends.map(([[token]]) => token)).size, 1);
    assert.equal(workspace.requests.length, 2);
  });
}

async function copiesShare() {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'lakebase-token-copy-'));
  await withWorkspace({}, async (workspace) => {
    cpSync('node_modules', path.join(folder, 'node_modules'), { recursive: true });
    const copy = createRequire(path.join(folder, 'index.js'))('lakebase-token');
    assert.notEqual(copy.getLakebasePostgresToken, getLakebasePostgresToken);
    const tokens = await Promise.all([getLakebasePostgresToken(), copy.getLakebasePostgresToken()]);
    assert.equal(new Set(tokens).size, 1);
    assert.equal(workspace.requests.length, 2);
  });
  // Windows deletes no file that is loaded.
  if (process.platform !== 'win32') rmSync(folder, { recursive: true });
}

async function leavesAmidCalls() {
  const { env } = await startWorkspaceEmulator({ latencyMs: 200 });
  Object.assign(process.env, env);
  for (let calls = 0; calls < 10; calls += 1) void getLakebasePostgresToken();
  setTimeout(() => process.exit(0), 50);
}

/**
 * @param {import('../../testing.js').EmulatorOptions} options
 * @param {(workspace: Workspace) => Promise<void>} body
 */
async function withWorkspace(options, body) {
  const workspace = await startWorkspaceEmulator(options);
  Object.assign(process.env, workspace.env);
  try {
    await body(workspace);
  } finally {
    await workspace.close();
  }
}

/** @param {string} source */
function inWorker(source) {
  const program = `
    const { parentPort } = require('node:worker_threads');
    const { getLakebasePostgresToken, invalidateLakebasePostgresToken } = require(${JSON.stringify(project.resolve('lakebase-token'))});
    ${source}
  `;
  return new Worker(program, { eval: true });
}

main();
