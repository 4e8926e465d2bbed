// The options of lakebase-token/pg: what we do not take is refused by its name, never dropped.
'use strict';

const { createLakebaseTokens } = require('../index.js');

/**
 * @typedef {import('lakebase-token').LakebaseTokens} Tokens
 * @typedef {import('lakebase-token/pg').LakebasePoolOptions} PoolOptions
 *
 * @typedef {object} Checked
 * @property {Tokens} tokens
 * @property {Partial<import('pg').PoolConfig>} given what is for pg itself
 * @property {PoolOptions['onIdleError']} onIdleError
 *
 * @param {string} what the function that they are of
 * @param {readonly unknown[]} args what it was called with
 * @param {Record<string, string>} [notTaken] options that this function does not take either
 * @returns {Checked}
 */
exports.checked = function checked(what, [options = {}, ...others], notTaken = {}) {
  isNothing(what, others);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(`The options of ${what} must be an object.`);
  }
  for (const [name, instead] of Object.entries({ ...NOT_TAKEN, ...notTaken })) {
    if (Reflect.get(options, name) !== undefined) {
      throw invalid(`${what} takes no option ${name}. ${instead}`);
    }
  }
  const { tokens, onIdleError, ...given } = /** @type {PoolOptions} */ (options);
  if (tokens !== undefined && !isTokens(tokens)) {
    throw invalid('tokens must be what createLakebaseTokens() returns.');
  }
  if (onIdleError !== undefined && typeof onIdleError !== 'function') {
    throw invalid('onIdleError must be a function.');
  }
  if (typeof given.ssl === 'string') {
    throw invalid('ssl must be true, false, or options of TLS such as { ca }.');
  }
  const { connectionTimeoutMillis: limit } = given;
  // pg takes a text, such as that of a variable.
  if (limit !== undefined) given.connectionTimeoutMillis = Number(limit);
  if (limit !== undefined && !(Number(limit) >= 0)) {
    throw invalid('connectionTimeoutMillis must be a number of milliseconds.');
  }
  // An option that is set to nothing is one that is not set.
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { tokens: tokens ?? createLakebaseTokens(), given: Object.fromEntries(set), onIdleError };
};

/** @param {Partial<Tokens> | null} tokens */
function isTokens(tokens) {
  return typeof tokens?.getToken === 'function' && typeof tokens.invalidate === 'function';
}

/**
 * Behind the options, that is.
 *
 * @param {string} what
 * @param {unknown[]} others
 */
function isNothing(what, others) {
  const at = others.findIndex((other) => other !== undefined);
  if (at === -1) return;
  const name = BEHIND_OPTIONS[at];
  const told = name ? `no ${name} behind them. ${NOT_TAKEN[name]}` : 'nothing behind them.';
  throw invalid(`${what} takes options alone, ${told}`);
}

/** @param {string} message */
function invalid(message) {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

const BY_TOKENS = 'Give tokens: createLakebaseTokens(…), which takes it.';

/** Also what the official client's functions take, and our own, for whoever comes from there. */
const NOT_TAKEN = {
  password: 'It is the token; give tokens: createLakebaseTokens(…) for one of your own.',
  connectionString:
    'It would lose the token: give host, port, user and database, or set PGHOST and so on.',
  Client: 'The pool makes its connections itself.',
  username: 'Give user.',
  endpoint: BY_TOKENS,
  identity: BY_TOKENS,
  workspaceId: BY_TOKENS,
  claims: BY_TOKENS,
  ttlMs: BY_TOKENS,
  workspaceClient:
    'Give tokens: createLakebaseTokens({ identity: … }), or set the variables of an identity.',
  sslMode: 'Give ssl, or set PGSSLMODE.',
  telemetry: 'Register LakebaseTokenInstrumentation of lakebase-token/otel.',
  logger: 'Give onIdleError, and run with NODE_DEBUG=lakebase-token.',
};

/** What the official client's function takes behind them. */
const BEHIND_OPTIONS = /** @type {const} */ (['telemetry', 'logger']);
