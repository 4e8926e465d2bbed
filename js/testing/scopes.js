// What an access token may do: the scopes of RFC 6749 §3.3, named as in the documentation of each API.
'use strict';

const { oauth, standard } = require('./answers.js');
const { printable } = require('./reading.js');

/**
 * The scopes that a token request asks for (RFC 6749 §3.3), of those that its secret has; throws a
 * refusal.
 * @param {string | null} asked
 * @param {readonly string[]} [assigned] without them the secret has all
 */
function scopesAsked(asked, assigned) {
  const scopes = (asked ?? '').split(' ').filter(Boolean);
  if (scopes.length === 0 || !scopes.every(isScope)) {
    throw oauth('invalid_scope', 'The scope is missing, or is none');
  }
  const missing = scopes.filter(
    (scope) => scope !== OFFLINE && assigned?.includes(scope) === false,
  );
  if (missing.length > 0) {
    const names = missing.map((scope) => `'${printable(scope)}'`).join(', ');
    throw oauth('access_denied', `Scopes ${names} are not assigned to the OAuth secret`, 403);
  }
  return scopes;
}

/**
 * Throws a refusal where a token of these scopes may not ask for Postgres tokens.
 * @param {readonly string[]} scopes
 * @param {'OAuth' | 'PAT'} kind
 */
function checkScopes(scopes, kind) {
  if (!scopes.some((scope) => scope === ALL || scope === POSTGRES)) {
    const what = `Provided ${kind} token does not have required scopes: ${POSTGRES}`;
    throw standard(403, 'PERMISSION_DENIED', what);
  }
}

/** @param {unknown} text @returns {text is string} */
function isScope(text) {
  return typeof text === 'string' && /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(text);
}

/** Every scope of the API. */
const ALL = 'all-apis';
const POSTGRES = 'postgres';
/** Asks for a refresh token, which this grant has none of. */
const OFFLINE = 'offline_access';

module.exports = { ALL, checkScopes, isScope, scopesAsked };
