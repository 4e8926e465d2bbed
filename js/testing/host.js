// The host in front of the workspace: its own, or one for all workspaces of an account, which Databricks
// calls unified and its account console a custom URL. It decides what reaches the workspace.
'use strict';

const { Refusal, faults, oauth } = require('./answers.js');
const { printable } = require('./reading.js');
const { ALL } = require('./scopes.js');
const { TOKEN_EXCHANGE } = require('./token_exchange.js');

/**
 * @typedef {import('./answers.js').Answer} Answer
 * @typedef {import('./workspace.js').Request} Request
 */

class Host {
  #settings;
  #isUnified;
  /** Path of the authorization server, below which its endpoints are. */
  #issuer;
  /** @type {Record<string, () => Answer>} */
  #routes;

  /** @param {Pick<import('./workspace.js').Settings, 'url' | 'hostType' | 'workspaceId' | 'scopes'>} settings */
  constructor(settings) {
    this.#settings = settings;
    this.#isUnified = settings.hostType === 'unified';
    this.#issuer = this.#isUnified ? `/oidc/accounts/${ACCOUNT_ID}` : '/oidc';
    this.tokenPath = `${this.#issuer}/v1/token`;
    this.#routes = {
      'GET /.well-known/databricks-config': () => json(this.#metadata()),
      [`GET ${this.#issuer}/.well-known/oauth-authorization-server`]: () => json(this.#server()),
      [`GET ${this.#issuer}/v1/authorize`]: noInteractiveLogin,
      // Where the redirect of a blocked private link leads.
      'GET /login.html': () => faults.loginPage,
      ...(this.#isUnified && {
        'GET /login': () => faults.loginPage,
        [`POST ${WORKSPACE_TOKEN_PATH}`]: () => {
          throw toLogin(WORKSPACE_TOKEN_PATH);
        },
      }),
    };
  }

  /**
   * Of the ID tokens that a policy takes unless it says otherwise: the account's id, says the documentation,
   * and what the SDKs ask an issuer for.
   */
  get audiences() {
    return [this.#settings.url + this.tokenPath, ACCOUNT_ID];
  }

  /** @param {string} route such as `POST /oidc/v1/token` */
  isTokenRequest(route) {
    return [WORKSPACE_TOKEN_PATH, this.tokenPath].some((path) => route === `POST ${path}`);
  }

  /**
   * What the host answers itself; undefined for a request to the token endpoint or the workspace.
   * @param {string} route
   */
  answerTo(route) {
    return Object.hasOwn(this.#routes, route) ? this.#routes[route]?.() : undefined;
  }

  /**
   * Throws a refusal of a request that does not get to the workspace.
   *
   * A unified host redirects to its login page where no workspace is named, as people quote it. What it
   * says where another is named is inferred: the words are those to an identity that may not enter a
   * workspace. A host of the workspace's own is reported to overlook another's id; that it is refused
   * here too is ours, lest a mistake go unseen.
   * @param {Request} request
   */
  checkWorkspace({ path, headers }) {
    const named = workspaceNamed(headers);
    if (named === undefined && this.#isUnified) {
      throw toLogin(path);
    }
    if (named !== undefined && named !== this.#settings.workspaceId) {
      const message = `Unauthorized access to Org: ${named}`;
      throw new Refusal(
        { status: 403, body: { error_code: '403', message } },
        `The request names the workspace ${named}, which is another one`,
      );
    }
  }

  /**
   * Fields as the Go and Python SDKs read them (`HostMetadata`). A unified host has no workspace's id, by
   * which they know to ask for ID tokens with the account's.
   */
  #metadata() {
    const { url, workspaceId } = this.#settings;
    return {
      oidc_endpoint: url + (this.#isUnified ? '/oidc/accounts/{account_id}' : this.#issuer),
      account_id: ACCOUNT_ID,
      ...(!this.#isUnified && {
        workspace_id: workspaceId,
        token_federation_default_oidc_audiences: [url + this.tokenPath],
      }),
      cloud: 'AWS',
      host_type: this.#settings.hostType,
    };
  }

  /** RFC 8414. The SDK for JavaScript uses no server that names no authorization endpoint. */
  #server() {
    const issuer = this.#settings.url + this.#issuer;
    return {
      issuer,
      authorization_endpoint: `${issuer}/v1/authorize`,
      token_endpoint: `${issuer}/v1/token`,
      response_types_supported: [],
      grant_types_supported: ['client_credentials', TOKEN_EXCHANGE],
      scopes_supported: this.#settings.scopes ?? [ALL],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    };
  }
}

/**
 * The workspace that a request asks for, if it asks for one. Databricks' clients have said so in the
 * first header since June 2026, and in the second before; both are heeded.
 * @param {import('node:http').IncomingHttpHeaders} headers
 */
function workspaceNamed(headers) {
  const named = headers['x-databricks-workspace-id'] || headers['x-databricks-org-id'];
  return named ? printable(String(named)) : undefined;
}

/** @param {string} path */
function toLogin(path) {
  const headers = { location: `/login?next_url=${encodeURIComponent(path)}` };
  return new Refusal({ status: 303, headers }, 'The request names no workspace');
}

/** RFC 6749 §4.1.2.1, but to the browser: there is no client whose redirect is known. */
function noInteractiveLogin() {
  return oauth('unsupported_response_type', 'Nobody can log in here with a browser').answer;
}

/** @param {object} body @returns {Answer} */
function json(body) {
  return { status: 200, body };
}

const WORKSPACE_TOKEN_PATH = '/oidc/v1/token';

const ACCOUNT_ID = '00000000-0000-0000-0000-000000000000';

module.exports = { Host, workspaceNamed };
