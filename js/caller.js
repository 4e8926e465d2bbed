// Whoever calls, for the core: the function that gives the identity runs in the context of that call, such as the
// request that it serves.
'use strict';

const { AsyncLocalStorage } =
  process.getBuiltinModule?.('node:async_hooks') ?? require('node:async_hooks');
const { clearTimeout, setTimeout } =
  process.getBuiltinModule?.('node:timers') ?? require('node:timers');
const { foreign, secretsOf } = require('./foreign_text.js');

/**
 * @typedef {import('./addon.d.ts').Addon} Addon
 * @typedef {import('./addon.d.ts').Giver} Giver
 *
 * @typedef {{ token: string, expiresAt?: Date | undefined }} Given
 */

/** Why there is nothing: the sentences of an error, and whether time alone can mend it. */
class Nothing extends Error {
  #isOurs = true;

  /**
   * Not by `instanceof`, which asks the value, and that may be anything.
   * @param {unknown} value
   * @returns {value is Nothing}
   */
  static is(value) {
    return typeof value === 'object' && value !== null && #isOurs in value;
  }

  /** @param {string} what @param {string} advice @param {boolean} retryable @param {string} [said] */
  constructor(what, advice, retryable, said) {
    super(what);
    this.what = what;
    this.advice = advice;
    this.retryable = retryable;
    this.said = said;
  }
}

/**
 * The errand whose function runs: a call within it must not wait for it.
 * @type {import('node:async_hooks').AsyncLocalStorage<number>}
 */
const errands = new AsyncLocalStorage();
let underWay = 0;

/**
 * @param {Addon} addon
 * @param {Giver} giver
 * @returns {import('./addon.d.ts').Caller}
 */
exports.callerWith = function callerWith(addon, giver) {
  /** @type {import('./addon.d.ts').Caller['ask']} */
  const ask = (errand, audience) => void run(addon, giver, errand, audience);
  return {
    ask,
    bound: () => AsyncLocalStorage.bind(ask),
    get within() {
      return errands.getStore();
    },
  };
};

/**
 * @param {Addon} addon
 * @param {Giver} giver
 * @param {number} errand
 * @param {string | undefined} audience
 */
async function run(addon, giver, errand, audience) {
  const { brings, bringsNothing } = addon.tools();
  let limit;
  underWay += 1;
  try {
    limit = patience(giver);
    const { signal } = limit;
    // Within this call, up to the function's own first await.
    const given = errands.run(errand, () => giver.callback({ audience, signal }));
    const { token, expiresAt } = read(giver, await unlessAborted(given, signal));
    brings(errand, token, expiresAt?.getTime());
  } catch (reason) {
    const nothing = Nothing.is(reason) ? reason : rejected(giver, reason);
    const { what, advice, said, retryable } = nothing;
    bringsNothing(errand, what, advice, said, retryable);
  } finally {
    clearTimeout(limit?.timer);
    underWay -= 1;
    // Until Node 24 a store that is in use costs every promise of the process.
    if (underWay === 0) errands.disable();
  }
}

/**
 * Ends once the function has taken too long. It keeps no process alive; in Deno that of `AbortSignal.timeout` would.
 * @param {Giver} giver
 */
function patience({ option }) {
  const controller = new AbortController();
  const what = `There is no answer of ${option} within ${PATIENCE_MS / 1000} s`;
  const late = () => controller.abort(new Nothing(what, `See what ${option} waits for`, true));
  const timer = setTimeout(late, PATIENCE_MS).unref();
  return { signal: controller.signal, timer };
}

/**
 * @param {unknown} given
 * @param {AbortSignal} signal
 */
function unlessAborted(given, signal) {
  const aborted = new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([given, aborted]);
}

/**
 * @param {Giver} giver
 * @param {unknown} given
 * @returns {Given}
 */
function read({ gives, option }, given) {
  const is = gives === 'idToken' ? 'an ID token' : 'an access token';
  const { token, expiresAt } = gives === 'idToken' ? { token: given } : parts(given);
  if (token === undefined || token === null || token === '') {
    const advice = `Have ${option} return ${is}, or throw what it lacks`;
    throw new Nothing(`${capitalized(option)} returned nothing`, advice, true);
  }
  if (typeof token !== 'string') {
    const what = `${capitalized(option)} returned a value that is not ${is} (${typeof token})`;
    throw new Nothing(what, `Have ${option} return a string`, false);
  }
  if (expiresAt !== undefined && !isDate(expiresAt)) {
    const what = `${capitalized(option)} returned an expiresAt that is no date`;
    throw new Nothing(what, `Have ${option} return a Date, or none`, false);
  }
  return { token, expiresAt };
}

/** @param {unknown} given */
function parts(given) {
  if (typeof given !== 'object' || given === null) return { token: given, expiresAt: undefined };
  const { token, expiresAt } = /** @type {Record<string, unknown>} */ (given);
  return { token, expiresAt: expiresAt ?? undefined };
}

/**
 * Of any realm.
 * @param {unknown} value
 * @returns {value is Date}
 */
function isDate(value) {
  const isOne = Object.prototype.toString.call(value) === '[object Date]';
  return isOne && Number.isFinite(Number(value));
}

/**
 * @param {Giver} giver
 * @param {unknown} reason
 */
function rejected({ gives, option }, reason) {
  const what = `${capitalized(option)} gave no ${gives === 'idToken' ? 'ID' : 'access'} token`;
  const advice = 'See its cause: it is called within the request that needs a token';
  return new Nothing(what, advice, true, told(reason));
}

/** @param {unknown} reason */
function told(reason) {
  try {
    const { message } = /** @type {Partial<Error>} */ (Object(reason));
    return foreign(message ?? reason, { secrets: secretsOf(process.env) });
  } catch {
    return 'an error that cannot be read';
  }
}

/** @param {string} option */
function capitalized(option) {
  return option.replace(/^t/, 'T');
}

/** Less than a caller waits. */
const PATIENCE_MS = 5_000;
