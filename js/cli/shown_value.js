// What may be shown of a variable's value. It is shown if it is exactly what the variable is for. Of a
// secret there is a hint, and of everything else the reason why it is not shown: a value in the wrong
// place is often a secret, and nothing that looks for secrets in it finds them all. Pure functions.
'use strict';

const path = require('node:path');
const { isHost, readAddress } = require('./addresses.js');
const { secretsOf } = require('./foreign_text.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {keyof typeof KINDS} Name of a variable
 *
 * What a variable is for: in words, and a function that gives its value as it may be shown, if it is
 * exactly that. Of a secret neither is said.
 * @typedef {object} Kind
 * @property {string} is
 * @property {(text: string) => string | undefined} read
 */

/** @param {Name} name @param {Env} env */
function shownValue(name, env) {
  if (env[name] === '') return '(empty: as if it were not set)';
  const shown = examined(name, env);
  return shown.plain ?? shown.reason;
}

/**
 * Whether the value is exactly what the variable is for, so that `shownValue` shows it.
 * @param {Name} name
 * @param {Env} env
 */
function isPlain(name, env) {
  return examined(name, env).plain !== undefined;
}

/**
 * Whether it could be what the variable is for, even if it is not shown for its looks.
 * @param {'PGHOST' | 'PGPORT'} name
 * @param {Env} env
 */
function isOfItsKind(name, env) {
  const text = env[name]?.trim() ?? '';
  return !isToken(text) && KINDS[name].read(text) !== undefined;
}

/**
 * @param {Name} name
 * @param {Env} env
 * @returns {{ plain: string } | { plain?: undefined, reason: string }}
 */
function examined(name, env) {
  const text = env[name]?.trim() ?? '';
  const kind = KINDS[name];
  if (kind === SECRET) return { reason: hint(text) };
  const { is, read } = kind;
  if (isSwapped(name, env)) return { reason: '… (swapped with DATABRICKS_CLIENT_SECRET?)' };
  const plain = read(text);
  if (plain === undefined || isToken(plain) || isRandom(plain)) {
    const isOne = isToken(text) || isRandom(text);
    return { reason: isOne ? `${hint(text)} (a secret, not ${is})` : `… (not ${is})` };
  }
  const isGivenAway = secretsOf(env).some((secret) => holds(plain, secret));
  return isGivenAway ? { reason: '… (a secret is in it)' } : { plain };
}

/**
 * What must not be printed: the secrets, and values that others repeat, such as a server in its errors,
 * and that `shownValue` would not show.
 * @param {Env} env
 * @returns {string[]}
 */
function unshownValues(env) {
  const unshown = REPEATED.filter((name) => env[name] && !isPlain(name, env));
  const values = [...secretsOf(env), ...unshown.map((name) => env[name]?.trim() ?? '')];
  const { DATABRICKS_HOST: host = '' } = env;
  return unshown.includes('DATABRICKS_HOST') ? [...values, hostIn(host)] : values;
}

/**
 * What the core takes for the host, which may be half a password.
 * @param {string} url
 */
function hostIn(url) {
  try {
    return new URL(url.includes('://') ? url : `https://${url}`).hostname;
  } catch {
    return '';
  }
}

/**
 * Enough to tell one secret from another: the letters that all of its kind begin with, and the last four
 * if at least twenty others stay in the dark. Of a shorter one only the kind.
 * @param {string} secret
 */
function hint(secret) {
  if (!ALPHABET.test(secret)) {
    const [, what] = AROUND_A_SECRET.find(([sign]) => sign.test(secret)) ?? [];
    return what ? `… (${what})` : '…';
  }
  const kind = KIND_OF_SECRET.exec(secret)?.[0] ?? '';
  return `${kind}…${secret.length - kind.length >= LONG ? secret.slice(-4) : ''}`;
}

/**
 * Whether the id is none, and what should be the secret is one by its looks.
 * @param {Name} name
 * @param {Env} env
 */
function isSwapped(name, { DATABRICKS_CLIENT_ID: id = '', DATABRICKS_CLIENT_SECRET: secret = '' }) {
  return name === 'DATABRICKS_CLIENT_ID' && isUuid(secret) && !isUuid(id);
}

/**
 * As the ids of service principals are.
 * @param {string} text
 */
function isUuid(text) {
  return /^\s*[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\s*$/i.test(text);
}

/**
 * Whether it says itself that it is a token or an OAuth secret, wherever in the text.
 * @param {string} text
 */
function isToken(text) {
  return /\b(dapi|dose)[\da-f]{8,}|\beyJ[\w-]{8,}\.[\w-]+/i.test(text);
}

/**
 * Letters and digits in such a row are no word.
 * @param {string} text
 */
function isRandom(text) {
  const rows = text.match(/[a-z\d]{20,}/gi) ?? [];
  return rows.some((row) => /\d/.test(row) && /[a-z]/i.test(row));
}

/**
 * Whether quotes that a shell would have taken off are a part of the value.
 * @param {string} [text]
 */
function isInQuotes(text = '') {
  return /^\s*(["'`])[\s\S]*\1\s*$/.test(text);
}

/**
 * A secret of two letters is in everything: it is the whole value, or not there.
 * @param {string} text
 * @param {string} secret
 */
function holds(text, secret) {
  const whole = text.toLowerCase();
  const part = secret.toLowerCase();
  return whole === part || (part.length >= 8 && whole.includes(part));
}

/**
 * `postgresql://…`, or `host=… password=…` as libpq has it.
 * @param {string} text
 */
function isConnectionString(text) {
  return (
    text.includes('://') || /\b(host(addr)?|port|user|password|dbname|sslmode)\s*=/i.test(text)
  );
}

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

/** RFC 6750 §2.1. */
const ALPHABET = /^[\w.~+/-]+=*$/;
const KIND_OF_SECRET = /^(dapi|dose|eyJ)/;
/** @type {[RegExp, string][]} */
const AROUND_A_SECRET = [
  [/^["'`]/, 'in quotes, which do not belong to it'],
  [/^[[{]/, 'JSON, not the secret alone'],
  [/^Bearer\s/i, 'after the word Bearer, which does not belong to it'],
];
const LONG = 24;

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

const SHOWN = /** @type {Name[]} */ (Object.keys(KINDS));
/** @type {Name[]} */
const REPEATED = ['DATABRICKS_HOST', 'DATABRICKS_CLIENT_ID', 'PGHOST', 'PGUSER', 'PGDATABASE'];

module.exports = {
  SHOWN,
  hint,
  isConnectionString,
  isInQuotes,
  isOfItsKind,
  isPlain,
  isToken,
  isUuid,
  shownValue,
  unshownValues,
  withoutPercent,
};
