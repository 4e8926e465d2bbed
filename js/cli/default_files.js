// What `.env.local` and `.env` of the current folder may set when no option named them. A cloned folder
// brings files that somebody else wrote: these must not lead a secret that comes from elsewhere to a
// place of their choice. A file that holds the identity itself is believed. Pure functions.
'use strict';

const { expand } = require('./dotenv_file.js');
const { isLoopback, readAddress } = require('./addresses.js');
const {
  STRICT_SSL_MODES,
  isExpandedByLibpq,
  isTrusted,
  leadsElsewhere,
} = require('./database_urls.js');
const { IGNORED } = require('./ignored_variables.js');

/**
 * @typedef {Readonly<Record<string, string | undefined>>} Env
 *
 * @typedef {object} Taken
 * @property {Record<string, string>} own for this process
 * @property {Record<string, string>} passedOn for the command of `exec` alone
 * @property {string[]} ignored names
 * @property {{ name: string, why: string }[]} refused variables with which nothing may be begun
 * @property {string[]} elsewhere names in `passedOn` of URLs that would lead a Postgres token elsewhere
 *
 * @param {Record<string, string>} variables of the file, as they are written
 * @param {Env} outer what is set already, and wins
 * @returns {Taken}
 */
function takenFrom(variables, outer) {
  const values = expand(variables, outer);
  const isNew = (/** @type {string} */ name) => outer[name] === undefined;
  /** @type {Taken} */
  const taken = { own: {}, passedOn: {}, ignored: [], refused: [], elsewhere: [] };
  if (speaksForItself(variables, values, outer)) {
    taken.own = Object.fromEntries(Object.entries(values).filter(([name]) => isNew(name)));
    return taken;
  }
  const harmless = expand(variables, only(HARMLESS, outer));
  for (const [name, value] of Object.entries(values).filter(([name]) => isNew(name))) {
    judge({ name, value, isExpanded: value !== harmless[name] }, outer, taken);
  }
  return taken;
}

/**
 * @param {{ name: string, value: string, isExpanded: boolean }} variable
 * @param {Env} outer
 * @param {Taken} taken
 */
function judge({ name, value, isExpanded }, outer, taken) {
  // Windows has one name for both cases, and proxies have two everywhere.
  const known = name.toUpperCase();
  if (isIgnored(known, value)) {
    taken.ignored.push(name);
  } else if (isOwn(known)) {
    const why = isExpanded ? 'takes a part of its value from elsewhere' : fault(known, value);
    if (why === undefined) taken.own[name] = value;
    else taken.refused.push({ name, why });
  } else if (isExpanded && holdsSecret(value, outer)) {
    taken.ignored.push(name);
  } else {
    taken.passedOn[name] = value;
    if (leadsElsewhere(name, value)) taken.elsewhere.push(name);
  }
}

/**
 * Why nothing may be begun with a variable of ours.
 * @param {string} name
 * @param {string} value
 */
function fault(name, value) {
  // `vacuumdb` and others expand PGDATABASE, or PGUSER instead, and scripts put all of them together.
  if (LOGIN.has(name) && isExpandedByLibpq(value)) return 'is a connection string';
  const isAnywhere = isFilled(value) && HOSTS[name]?.(value) === false;
  return isAnywhere ? "is neither Databricks' own host nor this machine" : undefined;
}

/**
 * Whether the identity is this file's: no secret of another one is set, and none of the file's comes out
 * of the environment.
 *
 * @param {Record<string, string>} variables
 * @param {Record<string, string>} values
 * @param {Env} outer
 */
function speaksForItself(variables, values, outer) {
  const written = expand(variables, Object.create(null));
  const isSet = (/** @type {string} */ name) => outer[name] === undefined && isFilled(values[name]);
  const isComplete =
    isSet('DATABRICKS_TOKEN') ||
    (isSet('DATABRICKS_CLIENT_ID') && isSet('DATABRICKS_CLIENT_SECRET'));
  const isForeign = IDENTITY.some((name) => isFilled(outer[name]));
  return isComplete && !isForeign && IDENTITY.every((name) => values[name] === written[name]);
}

/** @param {string | undefined} value */
function isFilled(value = '') {
  return value.trim() !== '';
}

/** @param {string} name @param {string} value */
function isIgnored(name, value) {
  if (name === 'PGSSLMODE') return !STRICT_SSL_MODES.has(value);
  if (name === 'PGSSLROOTCERT') return value !== 'system';
  return IGNORED.test(name) || (LIBPQ.test(name) && !POSTGRES.has(name));
}

/** @param {string} name */
function isOwn(name) {
  return /^(DATABRICKS|LAKEBASE)_/.test(name) || LIBPQ.test(name);
}

/** @type {Record<string, (value: string) => boolean>} */
const HOSTS = {
  DATABRICKS_HOST(value) {
    const address = readAddress(value.trim());
    return address !== undefined && !address.hasUser && isTrusted(address.host);
  },
  // As libpq takes it: several with commas between them, and folders of sockets.
  PGHOST: (value) => value.split(',').every((part) => part.startsWith('/') || isTrusted(part)),
  // An address does not tell to whom it belongs.
  PGHOSTADDR: (value) => value.split(',').every(isLoopback),
};

/** @param {string[]} names @param {Env} env */
function only(names, env) {
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

/** @param {string} value @param {Env} env */
function holdsSecret(value, env) {
  const secrets = SECRETS.map((name) => env[name]?.trim() ?? '');
  return secrets.some((secret) => secret !== '' && value.includes(secret));
}

const IDENTITY = ['DATABRICKS_TOKEN', 'DATABRICKS_CLIENT_SECRET'];
const SECRETS = [...IDENTITY, 'PGPASSWORD'];

/** What a value may take from the environment: words for a person, and no secret of anybody. */
const HARMLESS = ['USER', 'USERNAME', 'LOGNAME', 'NODE_ENV'];

const LOGIN = new Set(['PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGUSER', 'PGDATABASE']);

/** How libpq's own variables look: https://www.postgresql.org/docs/current/libpq-envars.html */
const LIBPQ = /^PG([A-Z]+|CONNECT_TIMEOUT)$/;

/** Those of them that neither name a file nor weaken a check. */
const POSTGRES = new Set([
  'PGHOST',
  'PGHOSTADDR',
  'PGPORT',
  'PGUSER',
  'PGDATABASE',
  'PGPASSWORD',
  'PGAPPNAME',
  'PGCLIENTENCODING',
  'PGCONNECT_TIMEOUT',
  'PGDATESTYLE',
  'PGGEQO',
  'PGLOADBALANCEHOSTS',
  'PGOPTIONS',
  'PGTARGETSESSIONATTRS',
  'PGTZ',
]);

module.exports = { takenFrom };
