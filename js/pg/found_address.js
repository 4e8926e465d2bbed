// What neither options nor variables say of the address, by the workspace's word. A host hardly ever changes: the last one
// that was found is kept, whatever becomes of later questions.
'use strict';

const { hostOf, insideOf, roleOf } = require('../look_ups.js');
const { unset } = require('./address.js');

/**
 * @typedef {{ host?: string | undefined, user?: string | undefined }} Found
 *
 * @param {import('lakebase-token').LakebaseTokens} tokens
 * @param {import('./address.js').Given} given
 */
exports.foundAddress = function foundAddress(tokens, given) {
  const inside = insideOf(tokens);
  /** @type {Promise<Found> | undefined} */
  let asking;
  let askedAt = Number.NEGATIVE_INFINITY;

  /** @param {import('../look_ups.js').Inside} inside */
  const host = async (inside) => {
    askedAt = performance.now();
    // A login takes one anyway, and with it there is an access token to ask with.
    await tokens.getToken();
    const inspected = inside.inspect();
    if (inspected.error) throw inspected.error;
    return hostOf(inside, inspected.endpoint);
  };

  const ask = async () => {
    const missing = unset(tokens, given);
    if (inside === undefined || missing.length === 0) return {};
    const isMissing = (/** @type {string} */ name) => missing.includes(name);
    const found = Promise.all([
      isMissing('PGHOST') ? host(inside) : undefined,
      isMissing('PGUSER') ? roleOf(tokens, inside) : undefined,
    ]);
    const [foundHost, user] = await found.catch((error) => explain(error, missing));
    return { ...(foundHost && { host: foundHost }), ...(user && { user }) };
  };

  return {
    /** Nothing of what is set. Who comes meanwhile asks the same. */
    async address() {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },

    /**
     * Nothing where it is set, was asked for a moment ago, or cannot be had.
     * @returns {Promise<string | undefined>}
     */
    async hostAgain() {
      if (inside === undefined || performance.now() - askedAt < PAUSE_MS) return undefined;
      return unset(tokens, given).includes('PGHOST')
        ? host(inside).catch(() => undefined)
        : undefined;
    },
  };
};

/**
 * @param {Error & { code?: string }} error
 * @param {string[]} missing
 * @returns {never}
 */
function explain(error, missing) {
  const names = missing.join(' and ');
  const [be, them] = missing.length === 1 ? ['is', 'it'] : ['are', 'them'];
  const instead = INSTEAD.has(error.code ?? '') ? ` Or set ${names}.` : '';
  const message = `${names} ${be} not set, and the workspace does not tell ${them}: ${error.message}${instead}`;
  throw Object.defineProperty(error, 'message', { value: message });
}

const PAUSE_MS = 60_000;

/** A token may be had all the same. */
const INSTEAD = new Set(['ERR_LAKEBASE_FORBIDDEN', 'ERR_LAKEBASE_PROTOCOL']);
