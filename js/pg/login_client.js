// The pool's client: it tells of a token that Postgres refuses, and which errors are those of a login. What an application
// does with a connection, its `onConnect` included, is never done twice.
'use strict';

const { isRefusal } = require('./errors.js');
const { promised } = require('./waits.js');

/**
 * @param {typeof import('pg')} pg
 * @param {import('lakebase-token').LakebaseTokens} tokens
 */
exports.loginClient = function loginClient(pg, tokens) {
  /** @type {WeakSet<Error>} */
  const ofLogins = new WeakSet();
  /** @type {WeakMap<Error, string>} */
  const refusals = new WeakMap();

  class LoginClient extends pg.Client {
    /**
     * @param {any} [callback] called as pg does: an error that comes at once has somebody to hear it
     * @returns {any}
     */
    connect(callback) {
      if (callback === undefined) return promised((done) => this.connect(done));
      super.connect((/** @type {import('./errors.js').PgError} */ error) => {
        if (error) {
          ofLogins.add(error);
          // pg keeps the very text that it sent.
          const sent = Reflect.get(this, 'password');
          if (isRefusal(error) && typeof sent === 'string') {
            tokens.invalidate(sent);
            refusals.set(error, sent);
          }
        }
        callback(error, this);
      });
    }
  }

  return {
    LoginClient,
    isOfLogin: (/** @type {Error} */ error) => ofLogins.has(error),
    /** The token that was refused; `undefined` where it was not for that. */
    refusedToken: (/** @type {Error} */ error) => refusals.get(error),
  };
};
