// What a workspace answers: two tokens, what it tells of itself, and a refusal for everything else. It
// judges one complete request at a time and knows no sockets.
'use strict';

const { randomUUID } = require('node:crypto');
const { readAccessTokenRequest } = require('./access_token_request.js');
const { AccessTokens } = require('./access_tokens.js');
const { Refusal, standard } = require('./answers.js');
const { policiesOf } = require('./federation.js');
const { GitHubActions } = require('./github_actions.js');
const { Host } = require('./host.js');
const { issuedIdToken } = require('./id_token_issuer.js');
const { ME, isLookUp, lookUp } = require('./look_ups.js');
const { readPostgresTokenRequest } = require('./postgres_token_request.js');
const { printable } = require('./reading.js');
const { ALL, checkScopes } = require('./scopes.js');
const { lookingLikeAToken, randomText, secretThatNeedsEncoding } = require('./secrets.js');
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
 * @property {NonNullable<import('lakebase-token/testing').EmulatorOptions['auth']>} auth
 * @property {readonly import('lakebase-token/testing').FederationPolicy[]} [federation]
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
  /** The policy that an ID token is made for unless a test wants another. */
  #policy;

  /** @param {Settings} settings */
  constructor(settings) {
    const { auth, federation, clientSecret, scopes, lifetimeMs, clockSkewMs } = settings;
    this.#settings = settings;
    this.#host = new Host(settings);
    this.scopes = scopes;
    this.lifetimeMs = lifetimeMs;
    this.clockSkewMs = clockSkewMs;
    const clientId = randomUUID();
    const policies = policiesOf(federation, { clientId, audiences: this.#host.audiences });
    [this.#policy] = policies;
    this.policies = auth === 'federation' ? policies : [];
    this.githubActions = new GitHubActions(settings.url, policies);
    if (auth === 'personal-token') {
      this.personalToken = `personal-token-${randomText(24)}`;
      const known = {
        expiresAt: Infinity,
        scopes: scopes ?? [ALL],
        kind: /** @type {const} */ ('PAT'),
      };
      this.#accessTokens.add(this.personalToken, known);
    } else {
      this.clientId = clientId;
    }
    if (auth === 'client-credentials') {
      this.clientSecret = clientSecret ?? secretThatNeedsEncoding();
    }
  }

  get env() {
    const { url, auth, hostType, workspaceId, endpoints } = this.#settings;
    const isFederation = auth === 'federation';
    return {
      ...UNSET,
      DATABRICKS_HOST: url,
      DATABRICKS_WORKSPACE_ID: hostType === 'unified' ? workspaceId : '',
      LAKEBASE_ENDPOINT: endpoints[0] ?? '',
      DATABRICKS_TOKEN: this.personalToken ?? '',
      DATABRICKS_CLIENT_ID: (isFederation ? this.#policy.clientId : this.clientId) ?? '',
      DATABRICKS_CLIENT_SECRET: this.clientSecret ?? '',
      DATABRICKS_OIDC_TOKEN: isFederation ? this.issueIdToken({}, {}, LONG_MS) : '',
    };
  }

  /** The service's clock, which need not be this machine's. */
  get date() {
    return new RealDate(now() + this.clockSkewMs);
  }

  /**
   * @param {import('lakebase-token/testing').IdTokenClaims} [claims]
   * @param {import('lakebase-token/testing').IdTokenHeader} [header]
   * @param {number} [lifetimeMs]
   */
  issueIdToken(claims = {}, header = {}, lifetimeMs = HOUR_MS) {
    const { issuer, subject = DEVELOPER, subjectClaim, audiences } = this.#policy;
    const usual = { iss: issuer, sub: subject, [subjectClaim]: subject, aud: audiences[0] };
    return issuedIdToken({ ...usual, ...claims }, this.date, { lifetimeMs, header });
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
    if (this.githubActions.isIdTokenRequest(route)) {
      return 'idToken';
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
    if (step === 'idToken') {
      return this.githubActions.idToken(request, this.date);
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
    const { user, scopes, lifetimeMs: longest = Infinity } = readAccessTokenRequest(request, this);
    const lifetimeMs = Math.min(this.lifetimeMs.accessToken, longest);
    const token = lookingLikeAToken(`access-token-${++this.#accessTokensIssued}`);
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
    const { scopes, kind, user = DEVELOPER } = this.#accessTokens.of(request);
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

const DEVELOPER = 'developer@workspace.test';

const HOUR_MS = 60 * 60 * 1000;

/** As long as that of `vercel env pull`: for a day's work with one emulator. */
const LONG_MS = 12 * HOUR_MS;

module.exports = { RealDate, Workspace };
