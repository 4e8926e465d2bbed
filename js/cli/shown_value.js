// What may be shown of a variable's value. It is shown if it is exactly what the variable is for. Of a
// secret there is a hint, and of everything else the reason why it is not shown: a value in the wrong
// place is often a secret, and nothing that looks for secrets in it finds them all. Pure functions.
'use strict';

const { secretsOf } = require('../foreign_text.js');
const { KINDS, SECRET, withoutPercent } = require('./value_kinds.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {keyof typeof KINDS} Name of a variable
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
  if (isInQuotes(text)) return { reason: `… (${IN_QUOTES})` };
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

/** RFC 6750 §2.1. */
const ALPHABET = /^[\w.~+/-]+=*$/;
const KIND_OF_SECRET = /^(dapi|dose|eyJ)/;
const IN_QUOTES = 'in quotes, which do not belong to it';
/** @type {[RegExp, string][]} */
const AROUND_A_SECRET = [
  [/^["'`]/, IN_QUOTES],
  [/^[[{]/, 'JSON, not the secret alone'],
  [/^Bearer\s/i, 'after the word Bearer, which does not belong to it'],
];
const LONG = 24;

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
