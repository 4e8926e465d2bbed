// What `.env.local` and `.env` of the current folder may set when no option named them. A cloned folder
// brings files that somebody else wrote: these must not lead a secret that comes from elsewhere to a
// place of their choice. A file that holds the identity itself is believed. Pure functions.
'use strict';

const { expand } = require('./dotenv_file.js');
const { readAddress } = require('./addresses.js');
const { isLoopback } = require('../postgres_hosts.js');
const {
  STRICT_SSL_MODES,
  isExpandedByLibpq,
  isTrusted,
  leadsElsewhere,
} = require('./database_urls.js');
const { IDENTITY, secretsOf } = require('../foreign_text.js');
const { IGNORED } = require('./ignored_variables.js');
const { isToken } = require('./shown_value.js');

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
 * @param {Env} [later] what other files say of which this one wins, as it is written
 * @returns {Taken}
 */
function takenFrom(variables, outer, later = {}) {
  const values = expand(variables, outer);
  const effective = (/** @type {string} */ name) =>
    outer[name] ?? values[name] ?? later[name] ?? '';
  const isNew = (/** @type {string} */ name) => outer[name] === undefined;
  /** @type {Taken} */
  const taken = { own: {}, passedOn: {}, ignored: [], refused: [], elsewhere: [] };
  if (speaksForItself({ variables, values, outer, effective })) {
    taken.own = Object.fromEntries(Object.entries(values).filter(([name]) => isNew(name)));
    return taken;
  }
  const isLocal = isOnThisMachine(effective('PGHOST'), effective('PGHOSTADDR'));
  const harmless = expand(variables, only(HARMLESS, outer));
  const open = expand(variables, withoutSecrets(outer));
  for (const [name, value] of Object.entries(values).filter(([name]) => isNew(name))) {
    const unsuspicious = NAMES.has(name.toUpperCase()) ? open : harmless;
    judge({ name, value, isLocal, isExpanded: value !== unsuspicious[name] }, outer, taken);
  }
  return taken;
}

/**
 * @param {{ name: string, value: string, isLocal: boolean, isExpanded: boolean }} variable
 * @param {Env} outer
 * @param {Taken} taken
 */
function judge({ name, value, isLocal, isExpanded }, outer, taken) {
  // Windows has one name for both cases, and proxies have two everywhere.
  const known = name.toUpperCase();
  if (isIgnored(known, value, isLocal)) {
    // Nothing is lost with an empty one. Taken, it would switch off a later file's.
    if (value !== '') taken.ignored.push(name);
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
 * of the environment. The id of a service principal is no secret, so it may stand anywhere.
 *
 * @param {{ variables: Record<string, string>, values: Record<string, string>, outer: Env,
 *   effective: (name: string) => string }} file
 */
function speaksForItself({ variables, values, outer, effective }) {
  const written = expand(variables, Object.create(null));
  const isSet = (/** @type {string} */ name) => outer[name] === undefined && isFilled(values[name]);
  const isComplete =
    isSet('DATABRICKS_TOKEN') ||
    (isSet('DATABRICKS_CLIENT_SECRET') && isFilled(effective('DATABRICKS_CLIENT_ID')));
  // A token goes before a client secret, also that of a later file.
  const isOutdone =
    values.DATABRICKS_TOKEN === undefined && isFilled(effective('DATABRICKS_TOKEN'));
  const isForeign = isOutdone || IDENTITY.some((name) => isFilled(outer[name]));
  return isComplete && !isForeign && IDENTITY.every((name) => values[name] === written[name]);
}

/** @param {string | undefined} value */
function isFilled(value = '') {
  return value.trim() !== '';
}

/** @param {string} name @param {string} value @param {boolean} isLocal */
function isIgnored(name, value, isLocal) {
  if (name === 'PGSSLMODE') {
    return !STRICT_SSL_MODES.has(value) && !(isLocal && WEAK_SSL_MODES.has(value));
  }
  if (name === 'PGSSLROOTCERT') return value !== 'system';
  return IGNORED.test(name) || (LIBPQ.test(name) && !POSTGRES.has(name));
}

/** @param {string} name */
function isOwn(name) {
  // `vercel env pull` writes that one there.
  const isOfVercel = name === 'VERCEL_OIDC_TOKEN';
  return /^(DATABRICKS|LAKEBASE)_/.test(name) || isOfVercel || LIBPQ.test(name);
}

/**
 * Whether nothing leaves this machine on the way to Postgres.
 * @param {string} host of `PGHOST`
 * @param {string} address of `PGHOSTADDR`
 */
function isOnThisMachine(host, address) {
  const isLocal = host.split(',').every((part) => part.startsWith('/') || isLoopback(part));
  return isLocal && (address === '' || address.split(',').every(isLoopback));
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

/**
 * The environment without what is a secret by its name or its value.
 * @param {Env} env
 * @returns {Env}
 */
function withoutSecrets(env) {
  const isOpen = (/** @type {string} */ name) =>
    HARMLESS.includes(name) ||
    (!LIKE_A_SECRET.test(name) && !isToken(env[name] ?? '') && !holdsSecret(env[name] ?? '', env));
  return new Proxy(env, {
    get: (_, name) => (isOpen(String(name)) ? env[String(name)] : undefined),
  });
}

/** @param {string} value @param {Env} env */
function holdsSecret(value, env) {
  const password = env.PGPASSWORD?.trim() ?? '';
  const secrets = isFilled(password) ? [...secretsOf(env), password] : secretsOf(env);
  return secrets.some((secret) => value.includes(secret));
}

/** What every value may take from the environment: words for a person, and no secret of anybody. */
const HARMLESS = ['USER', 'USERNAME', 'LOGNAME', 'NODE_ENV', 'DATABRICKS_CLIENT_ID'];

/** What names something at a host that was looked at, and may take from the environment what is no secret. */
const NAMES = new Set(['LAKEBASE_ENDPOINT', 'PGUSER', 'PGDATABASE', 'PGAPPNAME']);

/** Names of variables; a URL often has a password in it. */
const LIKE_A_SECRET =
  /TOKEN|SECRET|PASS|PWD|KEY|CRED|AUTH|COOKIE|SESSION|PRIVATE|SIGN|CERT|SALT|SEED|JWT|BEARER|OTP|(^|_)P(AT|IN)(_|$)|UR[IL]|DSN|CONN|PROXY/i;

const DEFAULT_FILES = ['.env.local', '.env'];

const WEAK_SSL_MODES = new Set(['disable', 'allow', 'prefer']);

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

module.exports = { DEFAULT_FILES, takenFrom };
