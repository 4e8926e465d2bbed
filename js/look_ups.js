// What the workspace tells whoever has not set it: where the Postgres of an endpoint listens, and who asks. The shapes
// are those of Databricks' SDKs (service/postgres, service/iam).
'use strict';

const { subjectOf } = require('./claims.js');
const { tokenError } = require('./token_error.js');

/**
 * What a tokens object has for the package itself.
 *
 * @typedef {object} Inside
 * @property {import('./addon.d.ts').ProviderOptions} options
 * @property {() => import('./addon.d.ts').Inspection | { error: import('lakebase-token').LakebaseTokenError }} inspect
 * @property {(path: string, timeoutMs?: number) => Promise<any>} lookUp
 *
 * @typedef {import('lakebase-token').LakebaseTokens} Tokens
 */

/**
 * Nothing of a tokens object that is not of this package.
 * @param {object} tokens
 * @returns {Inside | undefined}
 */
function insideOf(tokens) {
  return Reflect.get(tokens, Symbol.for('lakebase-token.provider'));
}

/**
 * The path of a resource in the API.
 * @param {string} name such as `projects/p/branches/b`
 */
function pathOf(name) {
  return `/api/2.0/postgres/${name.split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * The direct host of the endpoint, which takes tokens.
 * @param {Inside} inside
 * @param {string} endpoint
 * @param {number} [timeoutMs]
 * @returns {Promise<string>}
 */
async function hostOf({ lookUp }, endpoint, timeoutMs) {
  // Whatever JSON it is.
  const host = (await lookUp(pathOf(endpoint), timeoutMs))?.status?.hosts?.host;
  if (isHost(host)) return host;
  const message = `The workspace tells no host of ${endpoint}. Look whether the endpoint is ready.`;
  throw tokenError('ERR_LAKEBASE_PROTOCOL', message);
}

/**
 * As whom to log in: the client id of a principal, else whom the token is for, if it says so, else who asks by the
 * workspace's word.
 *
 * @param {Tokens} tokens
 * @param {Inside} inside
 * @param {number} [timeoutMs]
 * @returns {Promise<string>}
 */
async function roleOf(tokens, inside, timeoutMs) {
  const role = ownRole(inside) ?? subjectOf(await tokens.getToken());
  if (role !== undefined) return role;
  const userName = (await inside.lookUp(ME, timeoutMs))?.userName;
  if (typeof userName === 'string' && userName !== '') return userName;
  throw tokenError('ERR_LAKEBASE_PROTOCOL', 'The workspace does not tell who asks. Set PGUSER.');
}

/**
 * A principal's role is named by its client id.
 * @param {Inside | undefined} inside
 */
function ownRole(inside) {
  const inspected = inside?.inspect();
  return inspected?.error ? undefined : inspected?.clientId;
}

/**
 * Nothing else is dialled.
 * @param {unknown} host
 * @returns {host is string}
 */
function isHost(host) {
  return typeof host === 'string' && /^[\w.:-]{1,253}$/.test(host);
}

const ME = '/api/2.0/preview/scim/v2/Me';

module.exports = { hostOf, insideOf, ownRole, pathOf, roleOf };
