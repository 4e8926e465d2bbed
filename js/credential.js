// The options of `getLakebaseCredential`: checked, and the signal listened to.
'use strict';

/**
 * @param {{
 *   credential(env: object, timeoutMs: number, minLifetimeMs: number):
 *     { promise: Promise<{ token: string, expiresAt: Date }>, waiter: number },
 *   abandonWaiter(waiter: number): void,
 * }} addon
 */
exports.credential = async function credential(addon, env, options = {}) {
  const { signal, timeoutMs = 9_000, minLifetimeMs = 0 } = options ?? {};
  checkDuration('timeoutMs', timeoutMs);
  checkDuration('minLifetimeMs', minLifetimeMs);
  if (signal === undefined || signal === null) {
    return addon.credential(env, timeoutMs, minLifetimeMs).promise;
  }
  checkSignal(signal);
  signal.throwIfAborted();
  const { promise, waiter } = addon.credential(env, timeoutMs, minLifetimeMs);
  return new Promise((resolve, reject) => {
    const leave = () => {
      reject(signal.reason);
      addon.abandonWaiter(waiter);
    };
    signal.addEventListener('abort', leave, { once: true });
    const stay = (settle) => (value) => {
      signal.removeEventListener('abort', leave);
      settle(value);
    };
    promise.then(stay(resolve), stay(reject));
  });
};

function checkDuration(name, value) {
  if (typeof value !== 'number') {
    throw invalid(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be a number of milliseconds.`);
  }
  if (!(value >= 0 && value <= LONGEST_MS)) {
    const range = `from 0 to ${LONGEST_MS} (a day)`;
    throw invalid(
      RangeError,
      'ERR_OUT_OF_RANGE',
      `${name} must be a duration in milliseconds, ${range}.`,
    );
  }
}

function checkSignal(signal) {
  if (typeof signal !== 'object' || typeof signal.aborted !== 'boolean') {
    throw invalid(TypeError, 'ERR_INVALID_ARG_TYPE', 'signal must be an AbortSignal.');
  }
}

function invalid(Kind, code, message) {
  return Object.assign(new Kind(message), { code });
}

const LONGEST_MS = 24 * 60 * 60 * 1000;
