// The access tokens that the workspace gave out, or knows from before: whose they are, for what, how long.
'use strict';

const { unauthenticated } = require('./answers.js');

// Taken at load: a test that fakes `Date` must not move the service's clock.
const { now } = Date;

/**
 * @typedef {object} Known
 * @property {number} expiresAt
 * @property {readonly string[]} scopes
 * @property {'OAuth' | 'PAT'} kind
 * @property {string} [user] who has it, if that is known
 */

class AccessTokens {
  /** @type {Map<string, Known & { revoked: boolean }>} */
  #known = new Map();

  /** @param {string} token @param {Known} known */
  add(token, known) {
    this.#known.set(token, { ...known, revoked: false });
  }

  revokeAll() {
    for (const accessToken of this.#known.values()) {
      accessToken.revoked = true;
    }
  }

  /**
   * The valid access token that comes with a request; throws a refusal without one.
   * @param {import('./workspace.js').Request} request
   * @returns {Known}
   */
  of({ headers: { authorization = '' } }) {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (token === undefined) {
      throw unauthenticated('There is no access token');
    }
    const accessToken = this.#known.get(token);
    if (accessToken === undefined) {
      throw unauthenticated('The access token is unknown');
    }
    if (accessToken.revoked) {
      throw unauthenticated('The access token is revoked');
    }
    if (accessToken.expiresAt <= now()) {
      throw unauthenticated('The access token is expired');
    }
    return accessToken;
  }
}

module.exports = { AccessTokens };
