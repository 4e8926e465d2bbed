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
 * @param {unknown} options
 * @returns {Checked}
 */
exports.checked = function checked(what, options = {}) {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(`The options of ${what} must be an object.`);
  }
  const { tokens, onIdleError, ...given } = /** @type {PoolOptions} */ (options);
  for (const [name, instead] of Object.entries(NOT_TAKEN)) {
    if (Reflect.get(given, name) !== undefined) {
      throw invalid(`${what} takes no option ${name}. ${instead}`);
    }
  }
  if (tokens !== undefined && typeof tokens?.getToken !== 'function') {
    throw invalid('tokens must be what createLakebaseTokens() returns.');
  }
  if (onIdleError !== undefined && typeof onIdleError !== 'function') {
    throw invalid('onIdleError must be a function.');
  }
  // An option that is set to nothing is one that is not set.
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { tokens: tokens ?? createLakebaseTokens(), given: Object.fromEntries(set), onIdleError };
};

/** @param {string} message */
function invalid(message) {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

const BY_TOKENS = 'Give tokens: createLakebaseTokens(…), which takes it.';

/** Also what the official client's functions take, for whoever comes from there. */
const NOT_TAKEN = {
  password: 'It is the token; give tokens: createLakebaseTokens(…) for one of your own.',
  connectionString:
    'It would lose the token: give host, port, user and database, or set PGHOST and so on.',
  Client: 'The pool makes its connections itself.',
  endpoint: BY_TOKENS,
  workspaceClient:
    'Give tokens: createLakebaseTokens({ identity: … }), or set the variables of an identity.',
  sslMode: 'Give ssl, or set PGSSLMODE.',
  telemetry: 'Register LakebaseTokenInstrumentation of lakebase-token/otel.',
  logger: 'Give onIdleError, and run with NODE_DEBUG=lakebase-token.',
};
