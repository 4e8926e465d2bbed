// The steps from the variables to a Postgres token, which the package itself obtains, as for an application.
'use strict';

const { subjectOf } = require('../../claims.js');
const { connectionFrom } = require('../connection.js');
const { aboutFiles, remarksOn } = require('../env_file_remarks.js');
const { codeOf } = require('../foreseen.js');
const { foreign } = require('../../foreign_text.js');
const { misplacedForToken } = require('../misplaced.js');
const { untilWhen } = require('../terminal.js');
const { failed, inWords, ok, warning } = require('./findings.js');
const { shownVariables } = require('./variables.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * `isNamed`: whether an option names the profile.
 * @typedef {import('../../addon.d.ts').Inspection & { origin: URL, isNamed: boolean }} Workspace
 * @typedef {import('lakebase-token').LakebaseCredential} Credential
 * @typedef {import('lakebase-token').LakebaseTokenError} LakebaseTokenError
 *
 * @typedef {import('./findings.js').Finding} Finding
 */

/**
 * @template Learned
 * @typedef {import('./findings.js').Outcome<Learned>} Outcome
 */

const native = () => require('../../native.js');

/**
 * @param {Env} env
 * @param {() => Promise<import('../env_files.js').Loaded>} load
 * @param {boolean} isNamed whether the profile is
 * @returns {Promise<Outcome<Workspace>>}
 */
async function variables(env, load, isNamed) {
  let loaded;
  try {
    loaded = await load();
  } catch (error) {
    if (codeOf(error) !== 'ENV_FILE_UNTRUSTED') throw error;
    return { finding: failed(/** @type {Error} */ (error).message) };
  }
  const remarks = remarksOn(loaded).join(' ');
  const { finding, learned } = judged(env, loaded, remarks, isNamed);
  return { finding: { ...finding, variables: shownVariables({ env, ...loaded }) }, learned };
}

/**
 * @param {Env} env
 * @param {import('../env_files.js').Loaded} loaded
 * @param {string} remarks
 * @param {boolean} isNamed
 * @returns {Outcome<Workspace>}
 */
function judged(env, loaded, remarks, isNamed) {
  const { origins } = loaded;
  const misplaced = misplacedForToken(env, isNamed);
  if (misplaced !== undefined) return { finding: failed(misplaced.what, misplaced.advice) };
  const found = native().inspect(env);
  if (found.error) {
    const isMissing = found.error.code === 'ERR_LAKEBASE_CONFIG_MISSING';
    const more = [aboutFiles(loaded, found.error), isMissing ? forLogin(env) : ''];
    return { finding: failed(inWords(found.error), [remarks, ...more].filter(Boolean).join(' ')) };
  }
  const files = [...new Set(origins.values())].join(' and ');
  const from = files ? `from this environment and ${files}` : 'from this environment';
  return {
    finding: remarks ? warning(from, remarks) : ok(from),
    learned: { ...found, origin: new URL(found.host), isNamed },
  };
}

/**
 * Told along, so that one round is enough.
 * @param {Env} env
 */
function forLogin(env) {
  const { missing } = connectionFrom(env);
  return missing.length > 0 ? `For a login to Postgres set ${missing.join(', ')} too.` : '';
}

/** @param {Workspace} workspace */
function host({ origin, elsewhere, from }) {
  if (elsewhere !== undefined) {
    return failed(
      `${origin.host} is ${elsewhere}, not a workspace`,
      `Set ${from.host} to the URL that the browser shows in the workspace.`,
    );
  }
  const place = from.host === 'DATABRICKS_HOST' ? '' : ` (${from.host})`;
  const which = from.workspaceId ? `, and of its workspaces that of ${from.workspaceId}` : '';
  return ok(`${origin.origin}${place}${which}`);
}

/**
 * Begins the flight that brings both tokens, and waits for the first one.
 * @param {Workspace} workspace
 * @param {Env} surroundings
 * @returns {Promise<Outcome<{ flight: Promise<Credential> }>>}
 */
async function accessToken({ identity, from, store }, surroundings) {
  // One that the store has would tell nothing of the workspace.
  const env = store ? { ...surroundings, LAKEBASE_TOKEN_STORE: '' } : surroundings;
  const isCli = identity === 'databricks-cli';
  const timeoutMs = TOKEN_PATIENCE_MS + (isCli ? CLI_PATIENCE_MS : 0);
  const flight = native().credential(env, { timeoutMs });
  // The next step reports it.
  flight.catch(() => {});
  if (identity === 'personal-token') {
    const detail = `${from.proof} itself; the next step tells whether it is valid`;
    return { finding: ok(detail), learned: { flight } };
  }
  const whose = WHOSE[identity];
  return { finding: await accessTokenOf(whose, env), learned: { flight } };
}

/** @param {string} whose @param {Env} env @returns {Promise<Finding>} */
async function accessTokenOf(whose, env) {
  try {
    const expiry = await native().accessTokenExpiry(env);
    const until = expiry ? `, valid until ${untilWhen(expiry, new Date())}` : '';
    return ok(`${whose}${until}`);
  } catch (error) {
    return failed(inWords(/** @type {LakebaseTokenError} */ (error)));
  }
}

/**
 * A Postgres token, and whom it is for; `principal`: where the id of the service principal was set whose it is.
 * @typedef {{ token: string, subject?: string, principal?: string }} Identity
 *
 * @param {Promise<Credential>} flight
 * @param {Workspace} workspace
 * @returns {Promise<Outcome<Identity>>}
 */
async function postgresToken(flight, { identity, from }) {
  try {
    const { token, expiresAt } = await flight;
    const subject = subjectOf(token);
    const principal = identity === 'client-credentials' ? from.identity : undefined;
    const until = `valid until ${untilWhen(expiresAt, new Date())}`;
    const whose = subject ? `, for ${foreign(subject, { secrets: [token] })}` : '';
    return { finding: ok(`${until}${whose}`), learned: { token, subject, principal } };
  } catch (error) {
    return { finding: failed(inWords(/** @type {LakebaseTokenError} */ (error))) };
  }
}

const WHOSE = {
  'client-credentials': 'client credentials',
  federation: 'for the ID token',
  'databricks-cli': "the Databricks CLI's",
};

/** All that a flight may take with its retries, so that its last word is heard. */
const TOKEN_PATIENCE_MS = 35_000;

/** What the Databricks CLI is given before. */
const CLI_PATIENCE_MS = 60_000;

module.exports = { accessToken, host, postgresToken, variables };
