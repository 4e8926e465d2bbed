// A pool of the app's own `pg` that differs in how it connects alone. No statement is ever repeated.
'use strict';

const { setTimeout } = process.getBuiltinModule?.('node:timers') ?? require('node:timers');
const { addressOf } = require('./address.js');
const { isNowhere, isWaking, lostForNoReason } = require('./errors.js');
const { foundAddress } = require('./found_address.js');
const { loginClient } = require('./login_client.js');
const { findPg } = require('./peer.js');
const { nothing, promised, within } = require('./waits.js');

/**
 * @typedef {import('pg').PoolClient} PoolClient
 * @typedef {import('./errors.js').PgError} PgError
 * @typedef {(error: Error | undefined, client: PoolClient | undefined, release: (release?: unknown) => void) => void} Callback
 *
 * Somebody who waits for a connection.
 * @typedef {object} Waiting
 * @property {Callback} callback
 * @property {number} until when to give up
 * @property {number} wakesUntil until when a server that wakes is worth another attempt
 * @property {readonly PgError[]} before why there is another attempt
 */

/**
 * @param {import('./options.js').Checked} checked
 * @param {() => void} onEnd
 * @returns {import('pg').Pool}
 */
exports.makePool = function makePool({ tokens, given, onIdleError }, onEnd) {
  const pg = findPg();
  const { LoginClient, isOfLogin, refusedToken } = loginClient(pg, tokens);

  class LakebasePool extends pg.Pool {
    #isComplete = false;
    /** Where nothing that is set says it. */
    #found = foundAddress(tokens, given);
    /** @type {import('./found_address.js').Found} */
    #address = {};
    /** Who waits until it is complete, and who wants to end it then. */
    #beginning = 0;
    /** @type {(() => void)[]} */
    #ends = [];

    constructor() {
      const own = { password: tokens.getToken, Client: /** @type {any} */ (LoginClient) };
      super({ connectionTimeoutMillis: DEADLINE_MS, ...given, ...own });
      this.on('error', onIdleError ?? lostForNoReason);
    }

    /**
     * @param {any} [callback]
     * @returns {any}
     */
    connect(callback) {
      if (callback === undefined) return promised((done) => this.connect(done));
      const now = performance.now();
      const limit = this.options.connectionTimeoutMillis;
      const wakesUntil = now + (limit || DEADLINE_MS);
      const until = limit ? wakesUntil : Number.POSITIVE_INFINITY;
      const waiting = { callback, until, wakesUntil, before: [] };
      if (this.#ends.length > 0) process.nextTick(callback, afterEnd(), undefined, nothing);
      else if (this.#isComplete) this.#attempt(waiting);
      else this.#begin(waiting);
    }

    /**
     * Who asked before it ends is served.
     * @param {any} [callback]
     * @returns {any}
     */
    end(callback) {
      if (callback === undefined) return promised((done) => this.end(done));
      onEnd();
      const end = () => super.end(callback);
      if (this.#beginning === 0) end();
      else this.#ends.push(end);
    }

    /**
     * Only now are variables needed: importing it, and making it, needs none.
     * @param {Waiting} waiting
     */
    #begin(waiting) {
      this.#beginning += 1;
      const begun = () => {
        this.#beginning -= 1;
        if (this.#beginning === 0) for (const end of this.#ends.splice(0)) end();
      };
      // Not within a promise, which would take what the callback throws.
      const go = () => {
        this.#attempt(waiting);
        begun();
      };
      const fail = (/** @type {Error} */ error) => {
        begun();
        waiting.callback(error, undefined, nothing);
      };
      within(waiting.until, this.#complete()).then(
        () => process.nextTick(go),
        (error) => process.nextTick(fail, error),
      );
    }

    async #complete() {
      this.#address = await this.#found.address();
      Object.assign(this.options, addressOf(tokens, { ...given, ...this.#address }));
      this.#isComplete = true;
    }

    /** @param {Waiting} waiting */
    #attempt(waiting) {
      super.connect((error, client, release) => {
        if (error) this.#failed(error, waiting);
        else waiting.callback(undefined, client, release);
      });
    }

    /**
     * Tries again, or tells why not: a token that was refused is replaced once, a server that wakes is waited for. Anything
     * else would only make things worse.
     *
     * @param {PgError} error
     * @param {Waiting} waiting
     */
    #failed(error, waiting) {
      const { callback, until, wakesUntil, before } = waiting;
      const fail = (/** @type {Error} */ why) => callback(telling(why, before), undefined, nothing);
      const again = () => this.#again({ ...waiting, before: [...before, error] });
      if (!isOfLogin(error)) return fail(error);
      if (isNowhere(error)) this.#lookAgain();
      const refused = refusedToken(error);
      if (refused !== undefined) {
        if (before.some(refusedToken)) return fail(error);
        // The same again is of no use: a token that has just been replaced is not replaced at once.
        within(until, tokens.getToken()).then(
          (token) => process.nextTick(token === refused ? () => fail(error) : again),
          (why) => process.nextTick(fail, why),
        );
        return;
      }
      const left = wakesUntil - performance.now();
      if (!isWaking(error) || left < LAST_MS) return fail(error);
      setTimeout(again, Math.min(LONGEST_PAUSE_MS, 50 * 2 ** before.length, left / 2));
    }

    /**
     * In the place that it had, and within what is left of its time.
     * @param {Waiting} waiting
     */
    #again(waiting) {
      const { options } = this;
      const { connectionTimeoutMillis: limit } = options;
      const left = Math.max(1, Math.ceil(waiting.until - performance.now()));
      const queue = /** @type {unknown[]} */ (Reflect.get(this, '_pendingQueue'));
      const { length } = queue;
      // pg reads it at once: for whoever waits, and for the client that it makes.
      options.connectionTimeoutMillis = Number.isFinite(left) ? left : limit;
      this.#attempt(waiting);
      options.connectionTimeoutMillis = limit;
      if (queue.length > length) queue.unshift(queue.pop());
    }

    /** The endpoint may have been made anew. Whoever connects next is led there. */
    #lookAgain() {
      const lead = async () => {
        const host = await this.#found.hostAgain();
        if (host === undefined) return;
        const address = { ...this.#address, host };
        Object.assign(this.options, addressOf(tokens, { ...given, ...address }));
        this.#address = address;
      };
      // What is known stays.
      lead().catch(() => {});
    }
  }

  /**
   * Where time ran out while a server woke: why there was another attempt.
   *
   * @param {PgError} error
   * @param {readonly PgError[]} before
   */
  function telling(error, before) {
    const last = before.at(-1);
    if (last === undefined || error.code !== undefined) return error;
    return refusedToken(last) === undefined ? last : error;
  }

  return new LakebasePool();
};

/** As pg says it. */
function afterEnd() {
  return new Error('Cannot use a pool after calling end on the pool');
}

/** More than the nine seconds after which a token is given up, whose error says more. */
const DEADLINE_MS = 10_000;
const LONGEST_PAUSE_MS = 1_000;

/** With less left than this no attempt comes to anything. */
const LAST_MS = 20;
