// What `.env.local` and `.env` of the current folder may say when nobody named them. The folder may have
// been cloned, and somebody else have written them: they must not lead a secret that comes from elsewhere
// to a place of their choice. A file that holds the identity itself is believed. Pure functions.
'use strict';

const { expand } = require('./dotenv_file.js');
const { isDatabricks, isLoopback, readAddress } = require('./addresses.js');
const { IGNORED } = require('./ignored_variables.js');

/**
 * @typedef {object} Taken
 * @property {Record<string, string>} own for this process
 * @property {Record<string, string>} passedOn for the command of `exec` alone
 * @property {string[]} ignored names
 * @property {{ name: string, why: string }[]} refused variables with which nothing may be begun
 * @property {string[]} elsewhere names in `passedOn` of URLs that would lead a Postgres token elsewhere
 *
 * @param {Record<string, string>} variables of the file, as they are written
 * @param {Record<string, string | undefined>} outer what is set already, and wins
 * @returns {Taken}
 */
function takenFrom(variables, outer) {
  const values = expand(variables, outer);
  const isNew = (name) => outer[name] === undefined;
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

function judge({ name, value, isExpanded }, outer, taken) {
  // Windows has one name for both cases, and proxies have two everywhere.
  const known = name.toUpperCase();
  const holdsSecret = isExpanded && SECRETS.some((secret) => contains(value, outer[secret]));
  if (isIgnored(known, value) || (!isOwn(known) && holdsSecret)) {
    taken.ignored.push(name);
  } else if (!isOwn(known)) {
    taken.passedOn[name] = value;
    if (leadsElsewhere(value)) taken.elsewhere.push(name);
  } else if (isExpanded) {
    taken.refused.push({ name, why: 'takes a part of its value from elsewhere' });
  } else if (value.trim() !== '' && HOSTS[known]?.(value) === false) {
    taken.refused.push({ name, why: "is neither Databricks' own host nor this machine" });
  } else {
    taken.own[name] = value;
  }
}

/**
 * Whether the identity is this file's: no secret of another one is set, and none of the file's comes out
 * of the environment.
 */
function speaksForItself(variables, values, outer) {
  const written = expand(variables, Object.create(null));
  const isSet = (name) => outer[name] === undefined && values[name]?.trim() > '';
  const isComplete =
    isSet('DATABRICKS_TOKEN') ||
    (isSet('DATABRICKS_CLIENT_ID') && isSet('DATABRICKS_CLIENT_SECRET'));
  const isForeign = IDENTITY.some((name) => outer[name]?.trim() > '');
  return isComplete && !isForeign && IDENTITY.every((name) => values[name] === written[name]);
}

function isIgnored(name, value) {
  if (name === 'PGSSLMODE') return !STRICT_SSL_MODES.has(value);
  if (name === 'PGSSLROOTCERT') return value !== 'system';
  return IGNORED.test(name) || (LIBPQ.test(name) && !POSTGRES.has(name));
}

function isOwn(name) {
  return /^(DATABRICKS|LAKEBASE)_/.test(name) || LIBPQ.test(name);
}

/** Whether a driver that takes the URL would send `PGPASSWORD` to a host that is not ours. */
function leadsElsewhere(value) {
  const text = value.trim();
  if (/^\w+\s*=/.test(text)) return /\bhost(addr)?\s*=/i.test(text);
  if (!/^postgres(ql)?:/i.test(text)) return false;
  const url = asUrl(text);
  if (url === undefined) return true;
  const isLed = [...url.searchParams].some(
    ([name, mode]) =>
      /^(host|hostaddr|service|servicefile|ssl.*)$/i.test(name) &&
      !(name === 'sslmode' && STRICT_SSL_MODES.has(mode)),
  );
  // Its own password goes before PGPASSWORD; without a host PGHOST counts, which was looked at.
  const hasOwnPassword = url.password !== '';
  return !hasOwnPassword && (isLed || (url.hostname !== '' && !isTrusted(bare(url.hostname))));
}

function isTrusted(host) {
  return isDatabricks(host) || isLoopback(host);
}

const HOSTS = {
  DATABRICKS_HOST(value) {
    const address = readAddress(value.trim());
    return address !== undefined && !address.hasUser && isTrusted(address.host);
  },
  // As libpq takes it: several with commas between them, and folders of sockets.
  PGHOST: (value) => value.split(',').every((part) => part.startsWith('/') || isTrusted(part)),
  // An address says nothing of whose it is.
  PGHOSTADDR: (value) => value.split(',').every(isLoopback),
};

function asUrl(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function bare(hostname) {
  return hostname.replace(/^\[|\]$/g, '');
}

function only(names, env) {
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

function contains(value, secret) {
  return secret?.trim() > '' && value.includes(secret.trim());
}

const IDENTITY = ['DATABRICKS_TOKEN', 'DATABRICKS_CLIENT_SECRET'];
const SECRETS = [...IDENTITY, 'PGPASSWORD'];

/** What a value may take from the environment: words for a person, and no secret of anybody. */
const HARMLESS = ['USER', 'USERNAME', 'LOGNAME', 'NODE_ENV'];

/** Those with which a token is not sent to just anybody, or in the clear. */
const STRICT_SSL_MODES = new Set(['require', 'verify-ca', 'verify-full']);

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
