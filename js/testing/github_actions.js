// The issuer of ID tokens that a job of GitHub Actions has:
// https://docs.github.com/en/actions/reference/security/oidc
'use strict';

const { Refusal } = require('./answers.js');
const { GITHUB_ISSUER, GITHUB_SUBJECT } = require('./federation.js');
const { issuedIdToken } = require('./id_token_issuer.js');
const { randomText } = require('./secrets.js');

/**
 * @typedef {import('./workspace.js').Request} Request
 * @typedef {import('./federation.js').Policy} Policy
 */

class GitHubActions {
  #requestToken = `actions-request-token-${randomText(24)}`;
  #subject;
  #url;

  /** @param {string} url @param {readonly Policy[]} policies */
  constructor(url, policies) {
    const policy = policies.find(({ issuer }) => issuer === GITHUB_ISSUER);
    this.#subject = policy?.subject ?? GITHUB_SUBJECT;
    this.#url = url;
  }

  get env() {
    return {
      // With a query that the client continues.
      ACTIONS_ID_TOKEN_REQUEST_URL: `${this.#url}${PATH}?api-version=${VERSION}`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: this.#requestToken,
    };
  }

  /** @param {string} route such as `GET /_apis/…/idtoken` */
  isIdTokenRequest(route) {
    return route === `GET ${PATH}`;
  }

  /**
   * Throws a refusal, in words of our own.
   * @param {Request} request
   * @param {Date} date
   */
  idToken({ headers: { authorization = '' }, query }, date) {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (token !== this.#requestToken) {
      throw refused(401, 'The request token is missing or wrong');
    }
    if (query.get('api-version') !== VERSION) {
      throw refused(400, 'The audience is not added to the query with an ampersand');
    }
    const [, repository = 'org/app'] = /^repo:([^:]+)/.exec(this.#subject) ?? [];
    const [owner = ''] = repository.split('/');
    const claims = {
      iss: GITHUB_ISSUER,
      sub: this.#subject,
      aud: query.get('audience') || `https://github.com/${owner}`,
      repository,
      repository_owner: owner,
    };
    return {
      status: 200,
      body: { value: issuedIdToken(claims, date, { lifetimeMs: LIFETIME_MS }) },
    };
  }
}

/** @param {number} status @param {string} message */
function refused(status, message) {
  return new Refusal({ status, body: { message } }, message);
}

const PATH = '/_apis/distributedtask/hubs/Actions/plans/plan-1/jobs/job-1/idtoken';

const VERSION = '2.0';

const LIFETIME_MS = 300_000;

module.exports = { GitHubActions };
