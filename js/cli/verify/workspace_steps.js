// The steps from the variables to a Postgres token, which the package itself obtains, as for an application.
'use strict';

const { getLakebaseCredential } = require('../../index.js');
const { claimsOf } = require('../claims.js');
const { connectionFrom } = require('../connection.js');
const { aboutFiles, loadEnvFiles, remarksOn } = require('../env_files.js');
const { codeOf } = require('../foreseen.js');
const { foreign } = require('../../foreign_text.js');
const { misplacedForToken } = require('../misplaced.js');
const { untilWhen } = require('../terminal.js');
const { failed, inWords, ok, warning } = require('./findings.js');
const { shownVariables } = require('./variables.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {import('../../addon.d.ts').Inspection & { origin: URL }} Workspace
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
 * @param {string[]} [files] named by the user
 * @returns {Promise<Outcome<Workspace>>}
 */
async function variables(env, files) {
  let loaded;
  try {
    loaded = await loadEnvFiles(files);
  } catch (error) {
    if (codeOf(error) !== 'ENV_FILE_UNTRUSTED') throw error;
    return { finding: failed(/** @type {Error} */ (error).message) };
  }
  const remarks = remarksOn(loaded).join(' ');
  const { finding, learned } = judged(env, loaded, remarks);
  return { finding: { ...finding, variables: shownVariables({ env, ...loaded }) }, learned };
}

/**
 * @param {Env} env
 * @param {import('../env_files.js').Loaded} loaded
 * @param {string} remarks
 * @returns {Outcome<Workspace>}
 */
function judged(env, loaded, remarks) {
  const { origins } = loaded;
  const misplaced = misplacedForToken(env);
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
    learned: { ...found, origin: new URL(found.host) },
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

/** @param {Workspace} workspace @param {Env} env */
function host({ origin, elsewhere, identity }, env) {
  if (elsewhere !== undefined) {
    return failed(
      `${origin.host} is ${elsewhere}, not a workspace`,
      'Set DATABRICKS_HOST to the URL that the browser shows in the workspace.',
    );
  }
  const both = env.DATABRICKS_TOKEN && (env.DATABRICKS_CLIENT_ID || env.DATABRICKS_CLIENT_SECRET);
  if (identity === 'personal-token' && both) {
    return warning(
      `${origin.origin}; DATABRICKS_TOKEN wins over the client credentials, which are set too`,
    );
  }
  return ok(origin.origin);
}

/**
 * Begins the flight that brings both tokens, and waits for the first one.
 * @param {Workspace} workspace
 * @param {Env} env
 * @returns {Promise<Outcome<{ flight: Promise<Credential> }>>}
 */
async function accessToken({ identity }, env) {
  const flight = getLakebaseCredential({ timeoutMs: TOKEN_PATIENCE_MS });
  // The next step reports it.
  flight.catch(() => {});
  if (identity === 'personal-token') {
    const detail = 'DATABRICKS_TOKEN itself; the next step tells whether it is valid';
    return { finding: ok(detail), learned: { flight } };
  }
  return { finding: await accessTokenOf(env), learned: { flight } };
}

/** @param {Env} env @returns {Promise<Finding>} */
async function accessTokenOf(env) {
  try {
    const expiry = await native().accessTokenExpiry(env);
    const until = expiry ? `, valid until ${untilWhen(expiry, new Date())}` : '';
    return ok(`client credentials${until}`);
  } catch (error) {
    return failed(inWords(/** @type {LakebaseTokenError} */ (error)));
  }
}

/**
 * @typedef {{ token: string, subject: string | undefined }} Identity a Postgres token, and whom it is for
 *
 * @param {Promise<Credential>} flight
 * @returns {Promise<Outcome<Identity>>}
 */
async function postgresToken(flight) {
  try {
    const { token, expiresAt } = await flight;
    const subject = subjectOf(token);
    const until = `valid until ${untilWhen(expiresAt, new Date())}`;
    const whose = subject ? `, for ${foreign(subject, { secrets: [token] })}` : '';
    return { finding: ok(`${until}${whose}`), learned: { token, subject } };
  } catch (error) {
    return { finding: failed(inWords(/** @type {LakebaseTokenError} */ (error))) };
  }
}

/**
 * Whom a JSON Web Token is for (RFC 7519 §4.1.2), if it is one; not checked, only shown.
 * @param {string} token
 * @returns {string | undefined}
 */
function subjectOf(token) {
  const { sub } = claimsOf(token);
  return typeof sub === 'string' && /^[\x21-\x7E]{1,200}$/.test(sub) ? sub : undefined;
}

/** All that a flight may take with its retries, so that its last word is heard. */
const TOKEN_PATIENCE_MS = 35_000;

module.exports = { accessToken, host, postgresToken, variables };
