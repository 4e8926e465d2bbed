// What each variable is for, and which of its values are exactly that. Pure functions.
'use strict';

const path = require('node:path');
const { isHost, readAddress } = require('./addresses.js');

/**
 * What a variable is for: in words, and a function that gives its value as it may be shown, if it is
 * exactly that. Of a secret neither is said.
 * @typedef {object} Kind
 * @property {string} is
 * @property {(text: string) => string | undefined} read
 */

/** @param {string} text */
function url(text) {
  const address = readAddress(text);
  if (address === undefined) return undefined;
  const { scheme, hasUser, authority, hasMore } = address;
  return `${scheme}${hasUser ? '…@' : ''}${authority}${hasMore ? '/…' : ''}`;
}

/** @param {string} text */
function proxy(text) {
  return readAddress(text)?.hasMore === false ? url(text) : undefined;
}

/** @param {RegExp} pattern */
function matching(pattern) {
  return (/** @type {string} */ text) => (pattern.test(text) ? text : undefined);
}

/** With five dashes in a row it is the content of a file. */
const file = matching(/^(?!.*-----)([a-z]:)?[\p{L}\p{M}\p{N} ._~+,()/\\-]+$/iu);

/**
 * Several with commas between them, as libpq takes them; or the folder of a socket.
 * @param {string} text
 */
function hosts(text) {
  const isName = (/** @type {string} */ part) =>
    /^[\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}_.-]*$/u.test(part);
  const isFolder = (/** @type {string} */ part) => part.startsWith('/') && file(part) !== undefined;
  const isOne = (/** @type {string} */ part) => isHost(part) || isName(part) || isFolder(part);
  return text.split(',').every(isOne) ? text : undefined;
}

/** @param {string} text */
function passedOver(text) {
  const isOne = (/** @type {string} */ part) =>
    PASSED_OVER.test(part) || isHost(part.replace(/\/\d+$/, ''));
  return text.split(/[\s,]+/).every(isOne) ? text : undefined;
}

/** @param {string} text */
function folders(text) {
  const isOne = (/** @type {string} */ part) => file(part) !== undefined && PATH.test(part);
  return text.split(path.delimiter).every(isOne) ? text : undefined;
}

/** @param {string} text */
function port(text) {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= 65_535 ? text : undefined;
}

/**
 * Also as a connection string has it, out of which it may have been copied.
 * @param {string} text
 */
function role(text) {
  return NAME.test(withoutPercent(text) ?? text) ? text : undefined;
}

/**
 * What is percent-encoded, as it is meant.
 * @param {string} text
 */
function withoutPercent(text) {
  if (!/%[\da-f]{2}/i.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** It begins as paths do, or has a separator between two names: a single word may be a password. */
const PATH = /^(\.{0,2}|~[\w.-]*|[a-z]:)[\\/]|^(~|\.\.?)$|[^\\/][\\/][^\\/]/i;

/** A name, a pattern of names, an address or a range of them, with a port perhaps. */
const PASSED_OVER = /^(\*|(\*?\.)?\w[\w.-]*(:\d+|\/\d+)?|\[[\da-f:.]+\](:\d+)?|)$/i;

const SECRET = 'secret';
/** @type {Kind} */
const FILE = { is: 'the plain path of a file', read: file };
/** @type {Kind} */
const PROXY = { is: 'the URL of a proxy, with special characters percent-encoded', read: proxy };
/** @type {Kind} */
const HOSTS_PASSED_OVER = { is: 'a list of hosts', read: passedOver };
const NAME = /^(?!.*-----)[\p{L}\p{M}\p{N}._@+' -]{1,128}$/u;

/**
 * Only what is worth seeing; what is read, and how, is decided by the core (src/config/env.rs).
 * @satisfies {Record<string, Kind | typeof SECRET>}
 */
const KINDS = {
  DATABRICKS_HOST: { is: 'the URL of a workspace', read: url },
  LAKEBASE_ENDPOINT: {
    is: 'the path of an endpoint',
    read: matching(/^projects\/[\w.-]+\/branches\/[\w.-]+\/endpoints\/[\w.-]+$/),
  },
  LAKEBASE_TOKEN_STORE: SECRET,
  LAKEBASE_TOKEN_STORE_KEY: SECRET,
  DATABRICKS_WORKSPACE_ID: { is: 'the id of a workspace', read: matching(/^[\w.-]{1,64}$/) },
  DATABRICKS_AUTH_TYPE: { is: 'the name of a way to log in', read: matching(/^[a-z\d_-]{1,40}$/) },
  DATABRICKS_CONFIG_PROFILE: { is: 'the plain name of a profile', read: matching(NAME) },
  DATABRICKS_CONFIG_FILE: FILE,
  DATABRICKS_CLI_PATH: FILE,
  DATABRICKS_TOKEN: SECRET,
  DATABRICKS_CLIENT_ID: {
    is: 'the id of a service principal',
    read: matching(/^(?!dapi|dose)[\w.@-]+$/i),
  },
  DATABRICKS_CLIENT_SECRET: SECRET,
  NODE_EXTRA_CA_CERTS: FILE,
  SSL_CERT_FILE: FILE,
  SSL_CERT_DIR: { is: 'the plain paths of folders', read: folders },
  NODE_USE_SYSTEM_CA: { is: '0 or 1', read: matching(/^([01]|true|false)$/i) },
  https_proxy: PROXY,
  HTTPS_PROXY: PROXY,
  all_proxy: PROXY,
  ALL_PROXY: PROXY,
  no_proxy: HOSTS_PASSED_OVER,
  NO_PROXY: HOSTS_PASSED_OVER,
  PGHOST: { is: 'a host', read: hosts },
  PGPORT: { is: 'the number of a port', read: port },
  PGUSER: { is: 'the plain name of a role', read: role },
  PGDATABASE: { is: 'the plain name of a database', read: matching(NAME) },
  PGSSLMODE: {
    is: 'one of disable, allow, prefer, require, verify-ca and verify-full',
    read: matching(/^(disable|allow|prefer|require|verify-ca|verify-full)$/),
  },
  PGSSLROOTCERT: FILE,
};

module.exports = { KINDS, SECRET, withoutPercent };
