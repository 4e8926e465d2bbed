// What the token endpoint accepts: the client credentials grant of RFC 6749 §4.4, or an exchange, and
// nothing lax.
'use strict';

const { invalidClient, oauth } = require('./answers.js');
const { identityIn } = require('./id_token.js');
const { mediaType, printable } = require('./reading.js');
const { scopesAsked } = require('./scopes.js');
const { TOKEN_EXCHANGE, readTokenExchange } = require('./token_exchange.js');

/**
 * @typedef {import('./workspace.js').Request} Request
 *
 * The identity that the workspace knows.
 * @typedef {object} Client
 * @property {string} [clientId]
 * @property {string} [clientSecret]
 * @property {readonly string[]} [scopes]
 * @property {readonly import('./federation.js').Policy[]} policies
 * @property {Date} date the service's clock
 *
 * What an access token is to be: with its longest life, if it has one.
 * @typedef {{ user?: string, scopes: readonly string[], lifetimeMs?: number }} Deserved
 */

/**
 * What the request deserves; throws a refusal if it deserves nothing.
 * @param {Request} request
 * @param {Client} client
 * @returns {Deserved}
 */
function readAccessTokenRequest({ headers, body }, client) {
  const form = formOf(headers, body);
  if (form.get('grant_type') === TOKEN_EXCHANGE) {
    const exchanged = readTokenExchange(headers, form, client);
    return { ...exchanged, scopes: scopesAsked(form.get('scope'), client.scopes) };
  }
  checkClient(client, headers.authorization, form);
  const grantType = form.get('grant_type');
  if (!grantType) {
    throw oauth('invalid_request', 'The parameter grant_type is missing');
  }
  if (grantType !== 'client_credentials') {
    const known = `client_credentials or ${TOKEN_EXCHANGE}`;
    throw oauth('unsupported_grant_type', `The grant type is not ${known}`);
  }
  return { user: client.clientId, scopes: scopesAsked(form.get('scope'), client.scopes) };
}

/**
 * What may be recorded of a request, good or bad.
 * @param {Buffer} body
 */
function toldBy(body) {
  const form = new URLSearchParams(body.toString());
  const grantType = form.get('grant_type');
  const idToken = form.get('subject_token');
  return {
    ...(grantType && { grantType: printable(grantType) }),
    ...(idToken && { idTokenClaims: identityIn(idToken) }),
  };
}

/** @param {Request['headers']} headers @param {Buffer} body */
function formOf(headers, body) {
  if (mediaType(headers) !== 'application/x-www-form-urlencoded') {
    throw oauth('invalid_request', 'The content type is not application/x-www-form-urlencoded');
  }
  const form = new URLSearchParams(body.toString());
  for (const name of form.keys()) {
    if (form.getAll(name).length > 1) {
      throw oauth('invalid_request', `The parameter ${printable(name)} is repeated`);
    }
  }
  return form;
}

/**
 * @param {Client} client
 * @param {string | undefined} authorization
 * @param {URLSearchParams} form
 */
function checkClient({ clientId, clientSecret }, authorization, form) {
  const inBody = form.has('client_id') || form.has('client_secret');
  if (authorization !== undefined && inBody) {
    throw oauth('invalid_request', 'The client authenticates in more than one way');
  }
  const [id, secret] = inBody
    ? [form.get('client_id'), form.get('client_secret')]
    : basicCredentials(authorization);
  if (clientId === undefined || id !== clientId) {
    throw invalidClient('The client id is unknown');
  }
  if (clientSecret === undefined) {
    throw invalidClient('The client has no secret: its identity is that of an ID token');
  }
  if (secret !== clientSecret) {
    throw invalidClient('The client secret is wrong, or not form-url-encoded (RFC 6749 §2.3.1)');
  }
}

/**
 * Id and secret of RFC 6749 §2.3.1: each is form-url-encoded before they are joined.
 * @param {string} [authorization]
 */
function basicCredentials(authorization = '') {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? [];
  if (encoded === undefined) {
    throw invalidClient('There are no client credentials');
  }
  const [, ...parts] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  try {
    return parts.map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
  } catch {
    throw invalidClient('The client credentials are not form-url-encoded (RFC 6749 §2.3.1)');
  }
}

module.exports = { readAccessTokenRequest, toldBy };
