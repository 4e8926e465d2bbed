// Values that stand in the wrong variable: a token where the host belongs, a connection string where its
// parts do. Found before anything is asked of them, since a name server or a log would be told a secret.
'use strict';

const { isExpandedByLibpq } = require('./database_urls.js');
const { foreseen } = require('./foreseen.js');
const {
  isConnectionString,
  isInQuotes,
  isOfItsKind,
  isPlain,
  isToken,
  isUuid,
} = require('./shown_value.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {{ what: string, advice: string }} Misplaced
 */

/**
 * @param {Env} env
 * @param {boolean} [isNamed] whether a profile is, beside which no variable of another identity is looked at
 * @returns {Misplaced | undefined}
 */
function misplacedForToken(env, isNamed = false) {
  const { DATABRICKS_HOST: host = '', DATABRICKS_CLIENT_ID: id = '' } = env;
  if (isNamed) return connectionStringIn(['LAKEBASE_ENDPOINT'], env);
  if (isToken(host) && !isPlain('DATABRICKS_HOST', env)) {
    return {
      what: 'DATABRICKS_HOST holds a secret',
      advice:
        'Set DATABRICKS_HOST to the URL of the workspace alone, and DATABRICKS_TOKEN to a token.',
    };
  }
  if (/^\s*(dapi|dose)/i.test(id) && !env.DATABRICKS_TOKEN?.trim()) {
    const isSwapped = isUuid(env.DATABRICKS_CLIENT_SECRET ?? '');
    return {
      what: isSwapped
        ? 'DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET are swapped: the id is a secret'
        : 'DATABRICKS_CLIENT_ID holds a secret; perhaps id and secret are swapped',
      advice:
        'Set DATABRICKS_CLIENT_ID to the application id of the service principal, a UUID, and ' +
        'DATABRICKS_CLIENT_SECRET to its OAuth secret.',
    };
  }
  return connectionStringIn(['LAKEBASE_ENDPOINT'], env);
}

/**
 * @param {Env} env
 * @param {boolean} isNamed whether a profile is
 * @throws {Error} with what is misplaced
 */
function requireInPlace(env, isNamed) {
  throwIf(misplacedForToken(env, isNamed));
}

/**
 * Of variables that a cloned folder may have set: some tools expand a connection string, and take the
 * token where it leads.
 *
 * @param {Env} env
 * @throws {Error} with what is misplaced
 */
function requirePlainLogin(env) {
  throwIf(connectionStringIn(LOGIN, env, isExpandedByLibpq));
}

/**
 * @param {Env} env
 * @throws {Error} with what is wrong with the port
 */
function requirePort(env) {
  throwIf(misplacedPort(env));
}

/** @param {Misplaced | undefined} found */
function throwIf(found) {
  if (found !== undefined) {
    throw foreseen('VALUE_MISPLACED', `${found.what}. ${found.advice}`);
  }
}

/**
 * @param {Env} env
 * @returns {Misplaced | undefined}
 */
function misplacedForLogin(env) {
  const string = connectionStringIn(LOGIN, env);
  if (string !== undefined) return string;
  const inQuotes = LOGIN.find((name) => isInQuotes(env[name]));
  if (inQuotes !== undefined) return quoted(inQuotes, BELONGS[inQuotes]);
  // Of names there are all kinds, of ports and hosts there are not.
  const port = misplacedPort(env);
  const { PGHOST: host = '' } = env;
  const isHost = host === '' || (isOfItsKind('PGHOST', env) && host === host.trim());
  if (port !== undefined || isHost) return port;
  return {
    what: 'PGHOST is not a host',
    advice: `Set PGHOST to ${BELONGS.PGHOST}, without quotes or spaces around it.`,
  };
}

/**
 * What is wrong with the port; a command that reads it would get nowhere.
 * @param {Env} env
 * @returns {Misplaced | undefined}
 */
function misplacedPort(env) {
  if (!env.PGPORT || isOfItsKind('PGPORT', env)) return undefined;
  if (isInQuotes(env.PGPORT)) return quoted('PGPORT', BELONGS.PGPORT);
  return {
    what: 'PGPORT is not the number of a port',
    advice: `Set PGPORT to ${BELONGS.PGPORT}, without quotes or spaces around it.`,
  };
}

/**
 * @param {string} name
 * @param {string} belongs what its value should be
 * @returns {Misplaced}
 */
function quoted(name, belongs) {
  return {
    what: `${name} is in quotes: docker --env-file keeps them`,
    advice: `Set ${name} to ${belongs}, without quotes around it.`,
  };
}

/**
 * @param {(keyof typeof BELONGS)[]} names
 * @param {Env} env
 * @param {(text: string) => boolean} [isOne]
 * @returns {Misplaced | undefined}
 */
function connectionStringIn(names, env, isOne = isConnectionString) {
  const name = names.find((name) => isOne(env[name] ?? ''));
  if (name === undefined) return undefined;
  const kind = /^\s*https?:/i.test(env[name] ?? '') ? 'a URL' : 'a connection string';
  return {
    what: `${name} is ${kind}`,
    advice: `Set ${name} to ${BELONGS[name]}; a password belongs in none of these variables.`,
  };
}

const BELONGS = {
  LAKEBASE_ENDPOINT:
    'the path of the endpoint, projects/<project>/branches/<branch>/endpoints/<endpoint>',
  PGHOST: 'the host alone, such as ep-….database.us-east-1.cloud.databricks.com',
  PGPORT: 'the number of the port alone, usually 5432',
  PGUSER: 'the name of the role alone',
  PGDATABASE: 'the name of the database alone, such as databricks_postgres',
};

/** @type {(keyof typeof BELONGS)[]} */
const LOGIN = ['PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE'];

module.exports = {
  misplacedForLogin,
  misplacedForToken,
  quoted,
  requireInPlace,
  requirePlainLogin,
  requirePort,
};
