// An ID token that came with an exchange: a JWT (RFC 7519), read and not believed. Its signature is not
// verified: that would be a test of the issuer.
'use strict';

const { Refusal, oauth } = require('./answers.js');
const { isListOfTexts, isObject, printable } = require('./reading.js');

/** @typedef {Record<string, unknown>} Claims */

/**
 * Its claims; throws a refusal of what is no JWT, or signed in a way that Databricks does not take:
 * https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation-exchange
 * @param {string} text
 * @returns {Claims}
 */
function readIdToken(text) {
  const { header, claims } = partsOf(text) ?? {};
  if (header === undefined || claims === undefined) {
    throw refusedIdToken('The ID token is not a JWT');
  }
  if (!ALGORITHMS.includes(header.alg)) {
    const found = printable(String(header.alg));
    throw refusedIdToken('The ID token is not signed with RS256 or ES256', `but with ${found}`);
  }
  return claims;
}

/**
 * How long it is still valid; throws a refusal of one that is not.
 * @param {Claims} claims
 * @param {Date} date the service's clock
 */
function millisecondsLeft({ exp, nbf }, date) {
  const now = date.getTime();
  if (typeof exp !== 'number') {
    throw refusedIdToken('The ID token has no expiry');
  }
  if (exp * 1000 <= now) {
    throw refusedIdToken('The ID token is expired', `since ${moment(exp)}`);
  }
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf * 1000 <= now)) {
    throw refusedIdToken('The ID token is not valid yet', `but from ${moment(nbf)} on`);
  }
  return exp * 1000 - now;
}

/**
 * No answer to a bad ID token is published verbatim: status, error and words are inferred. People who set
 * up federation tell of a 401, by which they learn nothing more, such as in
 * https://github.com/databricks/dbt-databricks/pull/1666. RFC 8693 §2.2.2 would have it be
 * `invalid_request`.
 * @param {string} description
 * @param {string} [details] for the reason alone: what the claims are, which the service keeps to itself
 */
function refusedIdToken(description, details) {
  const { answer } = oauth('invalid_grant', description, 401);
  return new Refusal(answer, details === undefined ? description : `${description}, ${details}`);
}

/**
 * What may be recorded of it, as far as it can be read.
 * @param {string} text
 */
function identityIn(text) {
  const { iss, sub, aud } = partsOf(text)?.claims ?? {};
  return {
    ...(typeof iss === 'string' && { iss }),
    ...(typeof sub === 'string' && { sub }),
    ...((typeof aud === 'string' || isListOfTexts(aud)) && { aud }),
  };
}

/** @param {string} text */
function partsOf(text) {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) {
    return undefined;
  }
  const [header, claims] = text.split('.').slice(0, 2).map(objectIn);
  return header && claims && { header, claims };
}

/** @param {string} part */
function objectIn(part) {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param {unknown} seconds */
function moment(seconds) {
  const date = new RealDate(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? printable(String(seconds)) : date.toISOString();
}

// Taken at load: a test that fakes `Date` must not move the service's clock.
const RealDate = Date;

/** @type {unknown[]} */
const ALGORITHMS = ['RS256', 'ES256'];

module.exports = { identityIn, millisecondsLeft, readIdToken, refusedIdToken };
