// Keeps logins and the change of a role's password apart.
//
// Lakebase admits every unexpired token, and judges it when it arrives. A Postgres role has one
// password, and a login is held to the one the role had when the connection began, before the client
// is even asked for it (whatever the method: the server looks the role up to choose one). Two logins
// that Lakebase would admit are therefore refused: one that asks for a token only when it is asked
// for a password, and one that is under way while the password changes. So here a login begins with
// a token in hand, and while the password changes, logins queue. They do not queue during the rest
// of a renewal: while the request travels and the workspace thinks.
'use strict';

const { setImmediate } = require('node:timers/promises');

/**
 * @param {() => Promise<string>} currentToken what the client under test uses: the gate opens again
 *   once this resolves to the new token
 */
function loginGate(currentToken) {
  const loginsUnderWay = new Set();
  let changes = 0;
  let changed = Promise.resolve();
  /** @type {{ token: string } | undefined} */
  let latest;

  return {
    /**
     * Runs a login once the client holds a token and no change is under way.
     * @template T
     * @param {() => Promise<T>} connect
     * @returns {Promise<T>}
     */
    async login(connect) {
      // Out here: a login under way that waited for a token would be waited for by the change.
      do {
        await changed;
        await currentToken();
      } while (changes > 0);
      const login = connect();
      loginsUnderWay.add(login);
      try {
        return await login;
      } finally {
        loginsUnderWay.delete(login);
      }
    },

    /**
     * Changes the password once the logins under way have ended, and resolves then: for
     * `onPostgresToken`, so that the client is told afterwards.
     * @param {{ token: string }} issued
     * @param {() => Promise<void>} acceptToken
     */
    async change(issued, acceptToken) {
      changes += 1;
      latest = issued;
      const accepted = Promise.allSettled(loginsUnderWay).then(acceptToken);
      changed = accepted
        .then(async () => {
          while (latest === issued && (await currentToken()) !== issued.token) await setImmediate();
        })
        // Whatever went wrong, the next login reports it better.
        .catch(() => {})
        .finally(() => {
          changes -= 1;
        });
      await accepted;
    },
  };
}

module.exports = { loginGate };
