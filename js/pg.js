// A pool of the app's own `pg`, and the configuration for whatever else makes connections: complete, verified, and
// read from the environment when it is first needed.
'use strict';

const { addressOf } = require('./pg/address.js');
const { checked } = require('./pg/options.js');
const { sharedPool } = require('./pg/shared_pool.js');

/** @typedef {typeof import('lakebase-token/pg')} Api */

/** @type {Api['getLakebasePool']} */
exports.getLakebasePool = function getLakebasePool(...args) {
  return sharedPool(checked('getLakebasePool', args));
};

/** @type {Api['getLakebasePgConfig']} */
exports.getLakebasePgConfig = function getLakebasePgConfig(...args) {
  const { tokens, given } = checked('getLakebasePgConfig', args, {
    onIdleError: 'The pool that you make of it has an event error.',
  });
  const { host, port, user, database, ssl } = addressOf(tokens, given);
  const { getToken: password } = tokens;
  return {
    connectionTimeoutMillis: 10_000,
    ...given,
    ...{ host, port, user, username: user, database, ssl },
    password,
  };
};
