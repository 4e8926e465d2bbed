// The emulator's options, checked: a misspelt one must not silently test something else.
'use strict';

const { checkedPolicies } = require('./federation_option.js');
const { isEndpointPath } = require('./postgres_token_request.js');
const { isScope } = require('./scopes.js');

/**
 * @typedef {import('lakebase-token/testing').EmulatorOptions} EmulatorOptions
 * @typedef {import('lakebase-token/testing').Lifetimes} Lifetimes
 */

/**
 * All options with their defaults; throws a TypeError that names the wrong one.
 * @param {EmulatorOptions} options
 */
function checked({
  federation,
  auth = federation === undefined ? 'client-credentials' : 'federation',
  endpoint = 'projects/test-project/branches/main/endpoints/primary',
  hostType = 'workspace',
  workspaceId = '1234567890123456',
  postgres = {},
  clientSecret,
  scopes,
  lifetimeMs = {},
  latencyMs = 0,
  clockSkewMs = 0,
  tls,
  onPostgresToken,
  ...unknown
}) {
  refuse(unknown, (name) => `startWorkspaceEmulator has no option ${name}.`);
  checkIdentity(auth, federation);
  if (hostType !== 'workspace' && hostType !== 'unified') {
    throw new TypeError('hostType must be workspace or unified.');
  }
  if (!isWorkspaceId(workspaceId)) {
    throw new TypeError('workspaceId must be of letters, digits and hyphens.');
  }
  const endpoints = [endpoint].flat();
  if (endpoints.length === 0 || !endpoints.every(isEndpointPath)) {
    throw new TypeError(
      'endpoint must look like projects/{project}/branches/{branch}/endpoints/{endpoint}.',
    );
  }
  if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every(isScope))) {
    throw new TypeError('scopes must be a list of names such as postgres.');
  }
  return {
    auth,
    federation: checkedPolicies(federation),
    endpoints,
    hostType,
    workspaceId,
    postgres: places(postgres),
    clientSecret,
    scopes,
    lifetimeMs: lifetimes(lifetimeMs, { accessToken: HOUR_MS, postgresToken: HOUR_MS }),
    latencyMs: atLeast(0, latencyMs, 'latencyMs'),
    clockSkewMs: atLeast(-Infinity, clockSkewMs, 'clockSkewMs'),
    tls,
    onPostgresToken,
  };
}

/** @param {string} auth @param {EmulatorOptions['federation']} federation */
function checkIdentity(auth, federation) {
  if (!AUTHS.includes(auth)) {
    throw new TypeError(`auth must be one of ${AUTHS.join(', ')}.`);
  }
  if (federation !== undefined && auth !== 'federation') {
    throw new TypeError(`federation is for auth federation, not ${auth}.`);
  }
}

/**
 * Databricks' CLI writes `none` where no workspace was chosen.
 * @param {unknown} id
 */
function isWorkspaceId(id) {
  return typeof id === 'string' && /^[A-Za-z0-9-]{1,100}$/.test(id) && id !== 'none';
}

/** @param {NonNullable<EmulatorOptions['postgres']>} places what look-ups tell */
function places({ host, database = 'databricks_postgres', user, ...unknown }) {
  refuse(unknown, (name) => `postgres has no ${name}. Use host, database or user.`);
  for (const [name, value] of Object.entries({ host, database, user })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new TypeError(`postgres.${name} must be a text, and not an empty one.`);
    }
  }
  return { host, database, user };
}

/** @param {Lifetimes} wanted @param {Required<Lifetimes>} current */
function lifetimes({ accessToken, postgresToken, ...unknown }, current) {
  refuse(unknown, (name) => `There is no lifetime of ${name}. Use accessToken or postgresToken.`);
  return {
    accessToken: atLeast(1, accessToken ?? current.accessToken, 'lifetimeMs.accessToken'),
    postgresToken: atLeast(1, postgresToken ?? current.postgresToken, 'lifetimeMs.postgresToken'),
  };
}

/**
 * @param {Record<string, never>} unknown what is left of an object: nothing, by its type
 * @param {(name: string) => string} message
 */
function refuse(unknown, message) {
  for (const name of Object.keys(unknown)) throw new TypeError(message(name));
}

/** @param {number} minimum @param {number} milliseconds @param {string} name */
function atLeast(minimum, milliseconds, name) {
  if (!Number.isFinite(milliseconds) || milliseconds < minimum) {
    throw new TypeError(`${name} must be a number of milliseconds, not ${milliseconds}.`);
  }
  return milliseconds;
}

const AUTHS = ['client-credentials', 'personal-token', 'federation'];

const HOUR_MS = 60 * 60 * 1000;

module.exports = { atLeast, checked, lifetimes };
