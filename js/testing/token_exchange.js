// What the token endpoint accepts of federation: RFC 8693 with an ID token, in the form that Databricks'
// SDKs send it (oidc/tokensource.go of Go, oidc.py of Python).
'use strict';

const { oauth } = require('./answers.js');
const { checkThereIsAPolicy, userBy } = require('./federation.js');
const { millisecondsLeft, readIdToken } = require('./id_token.js');

/** @typedef {import('./access_token_request.js').Client} Client */

/**
 * Who the request is from, and how long the access token may live; throws a refusal.
 *
 * The access token expires with the ID token, as the documentation says ("is derived from the lifetime of
 * the federated token") and people tell: https://github.com/mlflow/mlflow/pull/25058 measured 298 seconds
 * of the five minutes that GitHub gives. That it lives no longer than others do is inferred.
 * @param {import('./workspace.js').Request['headers']} headers
 * @param {URLSearchParams} form
 * @param {Client} client
 */
function readTokenExchange({ authorization }, form, { clientId: known, policies, date }) {
  // The ID token is the proof. That another beside it is refused is inferred.
  if (authorization !== undefined || form.get('client_secret')) {
    throw oauth('invalid_request', 'A token exchange has no client secret and no Authorization');
  }
  const idToken = form.get('subject_token');
  if (!idToken) {
    throw oauth('invalid_request', 'The parameter subject_token is missing');
  }
  if (form.get('subject_token_type') !== JWT) {
    throw oauth('invalid_request', `The parameter subject_token_type is not ${JWT}`);
  }
  // RFC 6749 §3.2: a parameter without a value is none.
  const clientId = form.get('client_id') || undefined;
  const claims = readIdToken(idToken);
  checkThereIsAPolicy(policies, clientId, known);
  const user = userBy(policies, clientId, claims);
  return { user, lifetimeMs: millisecondsLeft(claims, date) };
}

/** RFC 8693 §2.1. */
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** RFC 8693 §3. */
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

module.exports = { TOKEN_EXCHANGE, readTokenExchange };
