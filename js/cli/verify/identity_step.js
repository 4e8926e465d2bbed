// The step that tells which identity the package has chosen, where it was set, and what is set besides.
'use strict';

const { execFile } = require('node:child_process');
const { promisify } = require('node:util');
const { cliProgram } = require('../../databricks_cli/program.js');
const { explainUnstarted } = require('../../databricks_cli/unstarted.js');
const { untilWhen } = require('../terminal.js');
const { failed, ok, warning } = require('./findings.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {import('./workspace_steps.js').Workspace} Workspace
 * @typedef {import('./findings.js').Finding} Finding
 *
 * @param {Workspace} workspace
 * @param {Env} env
 * @returns {Promise<Finding>}
 */
async function identity(workspace, env) {
  const { identity, from, profile } = workspace;
  const line = profile !== undefined && profile.line > 0 ? ` (line ${profile.line})` : '';
  const place = `${from.identity}${line}`;
  const others = notFollowed(workspace, env);
  const told = (/** @type {string} */ who) =>
    others.length > 0
      ? warning(`${who}; set besides, and not followed: ${others.join(', ')}`)
      : ok(who);
  switch (identity) {
    case 'personal-token':
      return told(`a token that is given: ${place}`);
    case 'client-credentials':
      return told(`client credentials: ${place}`);
    case 'federation':
      if (workspace.platform === 'github') {
        return told(`ID tokens of this job of GitHub Actions: ${from.proof}`);
      }
      return idTokenFault(workspace) ?? told(`${idTokenOf(workspace)}: ${from.proof}${line}`);
    case 'databricks-cli': {
      const cli = await installed(workspace, env);
      return typeof cli === 'string' ? told(`${cli}: ${place}`) : cli;
    }
  }
}

/**
 * Words of whoever issued it, which a federation policy has to have too.
 * @param {Workspace} workspace
 */
function idTokenOf({ idToken: { issuer, subject, audience, expiresAt } = {} }) {
  const until = expiresAt ? `, valid until ${untilWhen(expiresAt, new Date())}` : '';
  return `an ID token of the issuer “${issuer}”, the subject “${subject}” and the audience “${audience}”${until}`;
}

/**
 * Why no policy takes it, as far as it tells by itself.
 * @param {Workspace} workspace
 * @returns {Finding | undefined}
 */
function idTokenFault({ from, idToken, platform }) {
  const isVercel = platform === 'vercel';
  const advice = isVercel
    ? 'Run `vercel env pull`.'
    : `Look at what writes the ID token of ${from.proof}.`;
  if (idToken === undefined) {
    const what = isVercel
      ? 'Vercel gives its ID tokens to requests, and there is none here'
      : `there is no ID token in ${from.proof}`;
    return failed(what, advice);
  }
  if (idToken.issuer === undefined) return failed(`${from.proof} holds no JSON Web Token`, advice);
  const { expiresAt } = idToken;
  if (expiresAt === undefined || expiresAt > new Date()) return undefined;
  return failed(`the ID token of ${from.proof} expired at ${expiresAt.toISOString()}`, advice);
}

/**
 * The CLI's version and program, or that it cannot be run.
 * @param {Workspace} workspace
 * @param {Env} env
 * @returns {Promise<string | Finding>}
 */
async function installed({ profile, host, program }, env) {
  const own = env.DATABRICKS_CLI_PATH || program;
  const surroundings = own ? { ...env, DATABRICKS_CLI_PATH: own } : env;
  const { file, code = 'ENOENT', named } = cliProgram(surroundings);
  if (file === undefined) {
    const whom = profile === undefined ? { host } : { profile: profile.name };
    const { what, advice } = explainUnstarted({ kind: 'absent', code, named }, whom);
    return failed(what, advice);
  }
  return `the Databricks CLI ${await versionOf(file, env)} (${file})`;
}

/**
 * As it says itself; the next steps tell whether it works.
 * @param {string} file
 * @param {Env} env
 */
async function versionOf(file, env) {
  try {
    const options = { env, timeout: VERSION_LIMIT_MS, windowsHide: true, maxBuffer: MOST_OUTPUT };
    const { stdout } = await promisify(execFile)(file, ['version'], options);
    return /\bv?(\d+\.\d+\.\d+[\w.+-]{0,40})/.exec(stdout)?.[1] ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

/**
 * Variables that could choose an identity, and have not.
 * @param {Workspace} workspace
 * @param {Env} env
 */
function notFollowed({ from, profile, isNamed }, env) {
  const followed = new Set(Object.values(from));
  const isObeyed = !isNamed && OURS.has(env.DATABRICKS_AUTH_TYPE?.trim() ?? '');
  if (isObeyed) followed.add('DATABRICKS_AUTH_TYPE');
  if (profile !== undefined && !isNamed) followed.add('DATABRICKS_CONFIG_PROFILE');
  const isFollowed = (/** @type {string} */ name) =>
    followed.has(name) || from.proof.endsWith(` of ${name}`);
  return CHOOSING.filter((name) => env[name]?.trim() && !isFollowed(name));
}

/** The types of the core (src/config/auth_type.rs). */
const OURS = new Set([
  'pat',
  'oauth-m2m',
  'env-oidc',
  'file-oidc',
  'github-oidc',
  'databricks-cli',
]);

/** Of this package and of Databricks' SDKs. */
const CHOOSING = [
  'DATABRICKS_AUTH_TYPE',
  'DATABRICKS_CONFIG_PROFILE',
  'DATABRICKS_HOST',
  'DATABRICKS_WORKSPACE_ID',
  'DATABRICKS_TOKEN',
  'DATABRICKS_CLIENT_ID',
  'DATABRICKS_CLIENT_SECRET',
  'DATABRICKS_OIDC_TOKEN',
  'DATABRICKS_OIDC_TOKEN_ENV',
  'DATABRICKS_OIDC_TOKEN_FILE',
  'DATABRICKS_OIDC_TOKEN_FILEPATH',
  'VERCEL_OIDC_TOKEN',
  'VERCEL_OIDC_TOKEN_FILE',
  'ACTIONS_ID_TOKEN_REQUEST_URL',
  'DATABRICKS_USERNAME',
  'DATABRICKS_PASSWORD',
  'DATABRICKS_METADATA_SERVICE_URL',
  'DATABRICKS_GOOGLE_SERVICE_ACCOUNT',
  'GOOGLE_CREDENTIALS',
  'ARM_CLIENT_ID',
  'ARM_CLIENT_SECRET',
  'ARM_TENANT_ID',
  'ARM_USE_MSI',
];

const UNKNOWN = 'of an unknown version';
const VERSION_LIMIT_MS = 5_000;
const MOST_OUTPUT = 64 * 1024;

module.exports = { identity };
