// What a workspace says instead of giving a token: the answers seen in the field, by name, and the
// refusals made of them. The shapes are those the Databricks SDKs read; most sentences are our own.
'use strict';

/**
 * @typedef {import('lakebase-token/testing').Fault} Fault
 * @typedef {import('lakebase-token/testing').FaultName} FaultName
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {Fault['headers']} [headers]
 * @property {Fault['body']} [body]
 * @property {string} [reason] of a refusal: what was wrong, in plain words
 * @property {import('lakebase-token/testing').IssuedToken} [issued]
 */

/**
 * Each entry is a complete fault, to be named or spread: `{ ...faults.rateLimited, times: 3 }`.
 * @satisfies {Record<FaultName, Fault>}
 */
const faults = deepFreeze({
  unauthenticated: {
    status: 401,
    headers: { 'x-databricks-reason-phrase': 'Invalid access token.' },
    body: standardError(
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials. Expected OAuth 2 access token.',
    ),
  },
  invalidAccessToken: {
    status: 403,
    headers: { 'x-databricks-reason-phrase': 'Invalid access token.' },
    body: { error_code: 403, message: 'Invalid access token.' },
  },
  invalidAccessTokenWithTextCode: {
    status: 403,
    headers: { 'x-databricks-reason-phrase': 'Invalid access token.' },
    body: { error_code: '403', message: 'Invalid access token.' },
  },
  accessTokenExpiring: {
    status: 403,
    body: {
      error_code: 403,
      message: 'Token is expiring within 30 seconds. (token expired)',
    },
  },
  permissionDenied: {
    status: 403,
    body: standardError(
      'PERMISSION_DENIED',
      'User does not have CAN USE permission on the project.',
    ),
  },
  notFound: { status: 404, body: standardError('NOT_FOUND', 'The endpoint does not exist.') },
  rateLimited: {
    status: 429,
    headers: { 'retry-after': '1' },
    body: standardError('REQUEST_LIMIT_EXCEEDED', 'Too many requests. Please wait and try again.'),
  },
  throttledOAuth: {
    status: 400,
    body: oauthError('invalid_request', 'Temporarily throttled, too many requests'),
  },
  invalidClient: {
    status: 401,
    body: oauthError('invalid_client', 'Client authentication failed'),
  },
  unavailable: {
    status: 503,
    body: standardError('TEMPORARILY_UNAVAILABLE', 'The service is temporarily unavailable.'),
  },
  gatewayHtml: {
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>502 Bad Gateway</title></head><body></body></html>',
  },
  privateLink: {
    status: 302,
    headers: { location: '/login.html?error=private-link-validation-error' },
  },
  loginPage: {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<!doctype html><html><head><title>Databricks - Sign In</title></head></html>',
  },
  loginRedirect: { status: 303, headers: { location: '/login?next_url=%2Foidc%2Fv1%2Ftoken' } },
  noOAuthConfig: {
    status: 400,
    headers: { 'content-type': 'text/plain' },
    body: 'Unable to load OAuth Config',
  },
  hang: { delivery: 'hang' },
  close: { delivery: 'close' },
  reset: { delivery: 'reset' },
  resetMidBody: { delivery: 'resetMidBody' },
  truncate: { delivery: 'truncate' },
  drip: { delivery: 'drip' },
  oversize: { delivery: 'oversize' },
});

/** A refusal on its way up to `judge`. */
class Refusal extends Error {
  /** @param {Answer} answer @param {string} reason */
  constructor(answer, reason) {
    super(reason);
    /** @type {Answer} */
    this.answer = { ...answer, reason };
  }
}

/** @param {number} status @param {string} errorCode @param {string} message */
function standard(status, errorCode, message) {
  return new Refusal({ status, body: standardError(errorCode, message) }, message);
}

/** @param {string} message */
function invalidParameter(message) {
  return standard(400, 'INVALID_PARAMETER_VALUE', message);
}

/** @param {string} reason */
function unauthenticated(reason) {
  return new Refusal(faults.unauthenticated, reason);
}

/** @param {string} error @param {string} description @param {number} [status] */
function oauth(error, description, status = 400) {
  return new Refusal({ status, body: oauthError(error, description) }, description);
}

/** @param {string} reason */
function invalidClient(reason) {
  return new Refusal(faults.invalidClient, reason);
}

/**
 * The shape of every error of the workspace's REST API. The answer's request id is in it.
 * @param {string} errorCode
 * @param {string} message
 */
function standardError(errorCode, message) {
  return (/** @type {string} */ requestId) => ({
    error_code: errorCode,
    message,
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.RequestInfo',
        request_id: requestId,
        serving_data: '',
      },
    ],
  });
}

/**
 * The shape of every error of the token endpoint (RFC 6749 §5.2).
 * @param {string} error
 * @param {string} description
 */
function oauthError(error, description) {
  return { error, error_description: description };
}

/**
 * @template {object} T
 * @param {T} value
 * @returns {Readonly<T>}
 */
function deepFreeze(value) {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object') {
      deepFreeze(inner);
    }
  }
  return Object.freeze(value);
}

module.exports = {
  Refusal,
  faults,
  invalidClient,
  invalidParameter,
  oauth,
  standard,
  standardError,
  unauthenticated,
};
