// How long a step waits for what may never come.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {number} limitMs
 * @param {string} code of the error when the limit is over
 * @returns {Promise<T>}
 */
async function withinLimit(promise, limitMs, code) {
  const end = new AbortController();
  const late = sleep(limitMs, undefined, { signal: end.signal }).then(() => {
    throw Object.assign(new Error('no answer'), { code });
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    end.abort();
    late.catch(() => {});
  }
}

module.exports = { withinLimit };
