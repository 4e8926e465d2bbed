// What a workspace answers: two tokens, what it tells of itself, and a refusal for everything else. It
// judges one complete request at a time and knows no sockets.
'use strict';

const { randomBytes, randomUUID } = require('node:crypto');
const { readAccessTokenRequest } = require('./access_token_request.js');
const { AccessTokens } = require('./access_tokens.js');
const { Refusal, standard } = require('./answers.js');
const { Host } = require('./host.js');
const { ME, isLookUp, lookUp } = require('./look_ups.js');
const { readPostgresTokenRequest } = require('./postgres_token_request.js');
const { printable } = require('./reading.js');
const { ALL, checkScopes } = require('./scopes.js');
const { UNSET } = require('./variables.js');

// Taken at load: a test that fakes `Date` must not move the service's clock.
const RealDate = Date;
const { now } = Date;

/**
 * @typedef {import('lakebase-token/testing').IssuedToken} IssuedToken
 * @typedef {import('lakebase-token/testing').Lifetimes} Lifetimes
 * @typedef {import('lakebase-token/testing').Step} Step
 * @typedef {import('./answers.js').Answer} Answer
 *
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path
 * @property {URLSearchParams} query
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {Buffer} body
 *
 * @typedef {object} Settings
 * @property {string} url
 * @property {'client-credentials' | 'personal-token'} auth
 * @property {'workspace' | 'unified'} hostType
 * @property {string} workspaceId
 * @property {readonly string[]} endpoints
 * @property {{ host?: string, database: string, user?: string }} postgres
 * @property {string} [clientSecret]
 * @property {readonly string[]} [scopes]
 * @property {Required<Lifetimes>} lifetimeMs
 * @property {number} clockSkewMs
 */

class Workspace {
  /** @type {IssuedToken[]} */
  issuedTokens = [];
  #accessTokens = new AccessTokens();
  #accessTokensIssued = 0;
  #settings;
  #host;

  /** @param {Settings} settings */
  constructor(settings) {
    const { auth, clientSecret, scopes, lifetimeMs, clockSkewMs } = settings;
    this.#settings = settings;
    this.#host = new Host(settings);
    this.scopes = scopes;
    this.lifetimeMs = lifetimeMs;
    this.clockSkewMs = clockSkewMs;
    if (auth === 'personal-token') {
      this.personalToken = `personal-token-${randomText(24)}`;
      const known = {
        expiresAt: Infinity,
        scopes: scopes ?? [ALL],
        kind: /** @type {const} */ ('PAT'),
      };
      this.#accessTokens.add(this.personalToken, known);
    } else {
      this.clientId = randomUUID();
      this.clientSecret = clientSecret ?? secretThatNeedsEncoding();
    }
  }

  get env() {
    const { url, hostType, workspaceId, endpoints } = this.#settings;
    return {
      ...UNSET,
      DATABRICKS_HOST: url,
      DATABRICKS_WORKSPACE_ID: hostType === 'unified' ? workspaceId : '',
      LAKEBASE_ENDPOINT: endpoints[0] ?? '',
      DATABRICKS_TOKEN: this.personalToken ?? '',
      DATABRICKS_CLIENT_ID: this.clientId ?? '',
      DATABRICKS_CLIENT_SECRET: this.clientSecret ?? '',
    };
  }

  /** The service's clock, which need not be this machine's. */
  get date() {
    return new RealDate(now() + this.clockSkewMs);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @returns {Step | null}
   */
  stepOf(method, path) {
    const route = `${method} ${path}`;
    if (this.#host.isTokenRequest(route)) {
      return 'accessToken';
    }
    if (route === 'POST /api/2.0/postgres/credentials') {
      return 'postgresToken';
    }
    return isLookUp(route) ? 'lookUp' : null;
  }

  /**
   * The answer to one request; of a refusal, `reason` says in plain words what was wrong.
   * @param {Request} request
   * @returns {Answer}
   */
  judge(request) {
    try {
      return this.#host.answerTo(`${request.method} ${request.path}`) ?? this.#answerTo(request);
    } catch (error) {
      if (error instanceof Refusal) {
        return error.answer;
      }
      throw error;
    }
  }

  /** @param {Request} request */
  #answerTo(request) {
    const step = this.stepOf(request.method, request.path);
    if (step === 'accessToken') {
      return this.#accessToken(request);
    }
    this.#host.checkWorkspace(request);
    if (step === 'postgresToken') {
      return this.#postgresToken(request);
    }
    if (step === 'lookUp') {
      return this.#lookUp(request);
    }
    throw noApi(request);
  }

  revokeAccessTokens() {
    this.#accessTokens.revokeAll();
  }

  /** @param {Request} request */
  #accessToken(request) {
    const scopes = readAccessTokenRequest(request, this);
    const lifetimeMs = this.lifetimeMs.accessToken;
    const token = lookingLikeAToken(`access-token-${++this.#accessTokensIssued}`);
    const user = this.clientId;
    this.#accessTokens.add(token, { expiresAt: now() + lifetimeMs, scopes, kind: 'OAuth', user });
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        access_token: token,
        token_type: 'Bearer',
        // Down, so that a client that believes it is not refused; zero would be no lifetime at all.
        expires_in: Math.max(1, Math.floor(lifetimeMs / 1000)),
        scope: scopes.join(' '),
      },
    };
  }

  /** @param {Request} request */
  #postgresToken(request) {
    const { scopes, kind } = this.#accessTokens.of(request);
    checkScopes(scopes, kind);
    const arrivedAt = now();
    const asked = readPostgresTokenRequest(request, new RealDate(arrivedAt + this.clockSkewMs));
    if (!this.#settings.endpoints.includes(asked.endpoint)) {
      throw standard(404, 'NOT_FOUND', `There is no endpoint ${printable(asked.endpoint)}`);
    }
    const number = this.issuedTokens.length + 1;
    const expiresAt = arrivedAt + (asked.lifetimeMs ?? this.lifetimeMs.postgresToken);
    const issued = {
      token: lookingLikeAToken(`postgres-token-${number}`),
      expiresAt: new RealDate(expiresAt),
      number,
    };
    this.issuedTokens.push(issued);
    const expireTime = new RealDate(expiresAt + this.clockSkewMs).toISOString();
    return { status: 200, body: { token: issued.token, expire_time: expireTime }, issued };
  }

  /** @param {Request} request */
  #lookUp(request) {
    const { endpoints, postgres, workspaceId } = this.#settings;
    const { scopes, kind, user = 'developer@workspace.test' } = this.#accessTokens.of(request);
    // Every scope includes to ask who one is: https://docs.databricks.com/api/workspace/scopes
    if (request.path !== ME) {
      checkScopes(scopes, kind);
    }
    return {
      status: 200,
      // By which Databricks' SDKs know the workspace.
      headers: { 'x-databricks-org-id': workspaceId },
      body: lookUp(request, { ...postgres, user: postgres.user ?? user, endpoints }),
    };
  }
}

/** @param {Request} request */
function noApi({ method, path }) {
  return standard(404, 'ENDPOINT_NOT_FOUND', `No API found for '${method} ${printable(path)}'`);
}

/**
 * As long as a real one, in the alphabet of a JWT, and plainly none.
 * @param {string} prefix
 */
function lookingLikeAToken(prefix) {
  return `${prefix}-${randomText(120)}.${randomText(640)}.${randomText(171)}`;
}

/** Another secret altogether once a client forgets to form-url-encode it. */
function secretThatNeedsEncoding() {
  return `client-secret-${randomText(24)} +/%3A:&=`;
}

/** @param {number} length */
function randomText(length) {
  return randomBytes(length).toString('base64url').slice(0, length);
}

module.exports = { RealDate, Workspace };
