// What a JSON Web Token says of itself. It is not checked: a reader shows it, or compares it.
'use strict';

/**
 * The claims of `token` (RFC 7519 §4), if it is such a token; each may be anything.
 * @param {string} [token]
 * @returns {Readonly<Record<string, unknown>>}
 */
function claimsOf(token = '') {
  try {
    const [, payload = ''] = token.split('.');
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) ?? {};
  } catch {
    return {};
  }
}

/**
 * Whom a token is for (§4.1.2), if it is such a token.
 * @param {string} token
 * @returns {string | undefined}
 */
function subjectOf(token) {
  const { sub } = claimsOf(token);
  return typeof sub === 'string' && /^[\x21-\x7E]{1,200}$/.test(sub) ? sub : undefined;
}

module.exports = { claimsOf, subjectOf };
