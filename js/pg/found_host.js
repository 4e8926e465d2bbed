// The host of the endpoint by the workspace's word, where neither an option nor PGHOST says it. It hardly ever changes: the
// last one that was found is kept, whatever becomes of later questions.
'use strict';

/**
 * @param {import('lakebase-token').LakebaseTokens} tokens
 * @param {{ host?: string }} given
 */
exports.foundHost = function foundHost(tokens, given) {
  const provider = Reflect.get(tokens, Symbol.for('lakebase-token.provider'));
  /** @type {Promise<string | undefined> | undefined} */
  let asking;
  let askedAt = Number.NEGATIVE_INFINITY;
  /** @type {string | undefined} */
  let last;

  const isSet = () => Boolean(given.host ?? process.env.PGHOST) || provider === undefined;
  const ask = async () => {
    askedAt = performance.now();
    // A login takes one anyway, and with it there is an access token to ask with.
    await tokens.getToken();
    last = await provider.host();
    return last;
  };

  return {
    /**
     * Nothing where it is set.
     * @returns {Promise<string | undefined>}
     */
    async host() {
      if (isSet()) return undefined;
      // Who comes meanwhile asks the same.
      const asked =
        asking ??
        ask()
          .catch(explain)
          .finally(() => {
            asking = undefined;
          });
      asking = asked;
      return asked;
    },

    /**
     * Nothing where it is set, was asked for a moment ago, or cannot be had.
     * @returns {Promise<string | undefined>}
     */
    async again() {
      if (isSet() || performance.now() - askedAt < PAUSE_MS) return undefined;
      return ask().catch(() => undefined);
    },
  };
};

/**
 * @param {Error} error
 * @returns {never}
 */
function explain(error) {
  const message = `PGHOST is not set, and the workspace does not tell the host: ${error.message}`;
  throw Object.defineProperty(error, 'message', { value: message });
}

const PAUSE_MS = 60_000;
