// What a workspace says instead of giving a token: the answers seen in the field, by name, and the
// refusals made of them. The shapes are those the Databricks SDKs read; most sentences are our own.
'use strict';

/** Each entry is a complete fault, to be named or spread: `{ ...faults.rateLimited, times: 3 }`. */
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
  constructor(answer, reason) {
    super(reason);
    this.answer = { ...answer, reason };
  }
}

const standard = (status, errorCode, message) =>
  new Refusal({ status, body: standardError(errorCode, message) }, message);
const invalidParameter = (message) => standard(400, 'INVALID_PARAMETER_VALUE', message);
const unauthenticated = (reason) => new Refusal(faults.unauthenticated, reason);
const oauth = (error, description) =>
  new Refusal({ status: 400, body: oauthError(error, description) }, description);
const invalidClient = (reason) => new Refusal(faults.invalidClient, reason);

/** The shape of every error of the workspace's REST API; the request id is known only then. */
function standardError(errorCode, message) {
  return (requestId) => ({
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

/** The shape of every error of the token endpoint (RFC 6749 §5.2). */
function oauthError(error, description) {
  return { error, error_description: description };
}

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
