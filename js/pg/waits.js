// Promises beside the callbacks of pg, and a limit for those that have none.
'use strict';

const { clearTimeout, setTimeout } =
  process.getBuiltinModule?.('node:timers') ?? require('node:timers');

/**
 * What a function without a callback returns.
 * @param {(done: (error?: Error, value?: any) => void) => void} begin
 * @returns {Promise<any>}
 */
function promised(begin) {
  return new Promise((resolve, reject) => {
    begin((error, value) => (error ? reject(error) : resolve(value)));
  });
}

/**
 * Rejects as pg does when its time is over.
 *
 * @template T
 * @param {number} until by `performance.now()`
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function within(until, promise) {
  if (until === Number.POSITIVE_INFINITY) return promise;
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error('timeout exceeded when trying to connect'));
    const timer = setTimeout(late, until - performance.now());
    promise.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/** What releases a connection that there is none of. */
function nothing() {}

module.exports = { nothing, promised, within };
