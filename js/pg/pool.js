// A pool of the app's own `pg` that differs in how it connects alone. No statement is ever repeated.
'use strict';

const { clearTimeout, setTimeout } =
  process.getBuiltinModule?.('node:timers') ?? require('node:timers');
const { addressOf } = require('./address.js');
const { foundAddress } = require('./found_address.js');
const { tokenError } = require('../token_error.js');

/**
 * @typedef {import('pg').PoolClient} PoolClient
 * @typedef {Error & { code?: string }} PgError
 * @typedef {(error: Error | undefined, client: PoolClient | undefined, release: (release?: unknown) => void) => void} Callback
 */

/**
 * @param {import('./options.js').Checked} checked
 * @returns {import('pg').Pool}
 */
exports.makePool = function makePool({ tokens, given, onIdleError }) {
  const pg = findPg();

  /** Refusals of tokens, and not of something else about the login. */
  const refused = new WeakSet();

  class LakebaseClient extends pg.Client {
    /**
     * @param {any} [callback] called as pg does: an error that comes at once has somebody to hear it
     * @returns {any}
     */
    connect(callback) {
      if (callback === undefined) return promised((done) => this.connect(done));
      super.connect((/** @type {PgError} */ error) => {
        // pg keeps the very text that it sent.
        const sent = Reflect.get(this, 'password');
        if (error && isRefusal(error) && typeof sent === 'string') {
          tokens.invalidate(sent);
          refused.add(error);
        }
        callback(error, this);
      });
    }
  }

  class LakebasePool extends pg.Pool {
    #isComplete = false;
    /** Where nothing that is set says it. */
    #found = foundAddress(tokens, given);

    constructor() {
      const own = { password: tokens.getToken, Client: /** @type {any} */ (LakebaseClient) };
      super({ connectionTimeoutMillis: DEADLINE_MS, ...given, ...own });
      this.on('error', onIdleError ?? warn);
    }

    /**
     * @param {any} [callback]
     * @returns {any}
     */
    connect(callback) {
      if (callback === undefined) return promised((done) => this.connect(done));
      const until = performance.now() + (this.options.connectionTimeoutMillis || DEADLINE_MS);
      if (this.#isComplete) return this.#attempt(callback, until, []);
      this.#complete().then(
        () => process.nextTick(() => this.#attempt(callback, until, [])),
        (error) => process.nextTick(callback, error, undefined, () => {}),
      );
    }

    /**
     * @param {Callback} callback
     * @param {number} until
     * @param {readonly PgError[]} before why there is another attempt
     */
    #attempt(callback, until, before) {
      const answer = unlessLate(callback, until, before.at(-1));
      super.connect((error, client, release) => {
        if (error && isNowhere(error)) this.#lookAgain();
        const pause = error && pauseAfter(error, before);
        const isWorthIt = pause !== undefined && performance.now() + pause < until;
        if (error && isWorthIt && answer.isAwaited()) {
          answer.withdraw();
          setTimeout(() => this.#attempt(callback, until, [...before, error]), pause);
        } else answer.give(error, client, release);
      });
    }

    /** Only now: importing it, and making it, needs no variables. */
    async #complete() {
      const found = await this.#found.address();
      Object.assign(this.options, addressOf(tokens, { ...given, ...found }));
      this.#isComplete = true;
    }

    /** The endpoint may have been made anew. Whoever connects next is led there. */
    #lookAgain() {
      this.#found.hostAgain().then((host) => Object.assign(this.options, host && { host }));
    }
  }

  /**
   * How long until it is worth another try: a token that was refused is replaced once; a compute that wakes is waited
   * for. Anything else would only make things worse.
   *
   * @param {PgError} error
   * @param {readonly PgError[]} before
   */
  function pauseAfter(error, before) {
    if (refused.has(error)) return before.some((earlier) => refused.has(earlier)) ? undefined : 0;
    if (isWaking(error)) return Math.min(LONGEST_PAUSE_MS, 50 * 2 ** before.length);
    return undefined;
  }

  return new LakebasePool();
};

/** @returns {typeof import('pg')} */
function findPg() {
  // Not in the `try` itself: Rollup and Vite leave a `require` that stands in one, and an ES module has none.
  const load = () => require('pg');
  try {
    return load();
  } catch (cause) {
    const message =
      'lakebase-token/pg needs the package pg. Run npm install pg; if a bundler took lakebase-token along, declare ' +
      'it external.';
    throw Object.assign(tokenError('ERR_LAKEBASE_CONFIG_MISSING', message), { cause });
  }
}

/**
 * What `connect` without a callback returns.
 * @param {(done: (error: Error | undefined, client: PoolClient) => void) => void} connect
 */
function promised(connect) {
  return new Promise((resolve, reject) => {
    connect((error, client) => (error ? reject(error) : resolve(client)));
  });
}

/**
 * The first attempt has pg's own limit; later ones have what is left of it.
 *
 * @param {Callback} callback
 * @param {number} until
 * @param {PgError | undefined} before
 */
function unlessLate(callback, until, before) {
  let isAwaited = true;
  const leave = () => {
    isAwaited = false;
    callback(before, undefined, () => {});
  };
  const timer = before && setTimeout(leave, until - performance.now());
  const withdraw = () => clearTimeout(timer);
  return {
    isAwaited: () => isAwaited,
    withdraw,
    /** @type {Callback} */
    give(error, client, release) {
      withdraw();
      if (isAwaited) callback(error, client, release);
      // Whoever asked has left: it is for others.
      else client?.release();
    },
  };
}

/** @param {PgError} error */
function isRefusal({ code }) {
  return code === '28P01' || code === '28000';
}

/**
 * Nobody listens there, or there is no such place.
 * @param {PgError} error
 */
function isNowhere({ code }) {
  return code === 'ENOTFOUND' || code === 'ECONNREFUSED';
}

/**
 * It starts, or the way to it is not there yet.
 * @param {PgError} error
 */
function isWaking({ code, message }) {
  return WAKING.has(code ?? '') || message === 'Connection terminated unexpectedly';
}

/**
 * Lakebase ends idle connections when it suspends: that is no news.
 * @param {PgError} error
 */
function warn(error) {
  const { code, message } = error;
  if (EXPECTED.has(code ?? '') || message === 'Connection terminated unexpectedly') return;
  console.warn(`An idle connection was lost: ${message}`);
}

/** More than the nine seconds after which a token is given up, whose error says more. */
const DEADLINE_MS = 10_000;
const LONGEST_PAUSE_MS = 1_000;
const WAKING = new Set(['57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);
const EXPECTED = new Set(['57P01', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
