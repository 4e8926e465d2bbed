// The options of `getLakebaseCredential`: checked, and the signal listened to.
'use strict';

/**
 * @param {Pick<import('./addon.d.ts').Addon, 'beginCredential' | 'abandonWaiter'>} addon
 * @param {import('./addon.d.ts').Env} env
 * @param {import('lakebase-token').CredentialOptions | null} [options]
 */
exports.credential = async function credential(addon, env, options) {
  const { signal, timeoutMs, minLifetimeMs = 0 } = options ?? {};
  if (timeoutMs !== undefined) checkDuration('timeoutMs', timeoutMs);
  checkDuration('minLifetimeMs', minLifetimeMs);
  if (signal === undefined || signal === null) {
    return addon.beginCredential(env, timeoutMs, minLifetimeMs).promise;
  }
  checkSignal(signal);
  signal.throwIfAborted();
  const { promise, waiter } = addon.beginCredential(env, timeoutMs, minLifetimeMs);
  return unlessAborted(promise, signal, () => addon.abandonWaiter(waiter));
};

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} signal
 * @param {() => void} abandon called when the signal aborts first
 * @returns {Promise<T>}
 */
function unlessAborted(promise, signal, abandon) {
  return new Promise((resolve, reject) => {
    const leave = () => {
      reject(signal.reason);
      abandon();
    };
    // Before a signal that is not Node's own may throw: the promise's rejection has somebody to hear it.
    promise.finally(() => ignore(signal, leave)).then(resolve, reject);
    listen(signal, leave);
    // What gives the identity has run already, and may have aborted it.
    if (signal.aborted) leave();
  });
}

/**
 * Those whom a signal's one listener calls. Node warns of more than ten listeners, and a server gives one
 * signal to all its calls.
 * @type {WeakMap<AbortSignal, { leaves: Set<() => void>, leaveAll: () => void }>}
 */
const listening = new WeakMap();

/** @param {AbortSignal} signal @param {() => void} leave */
function listen(signal, leave) {
  const there = listening.get(signal);
  if (there) {
    there.leaves.add(leave);
    return;
  }
  const leaves = new Set([leave]);
  const leaveAll = () => {
    for (const each of leaves) each();
  };
  signal.addEventListener('abort', leaveAll, { once: true });
  listening.set(signal, { leaves, leaveAll });
}

/** @param {AbortSignal} signal @param {() => void} leave */
function ignore(signal, leave) {
  const there = listening.get(signal);
  if (!there?.leaves.delete(leave) || there.leaves.size > 0) return;
  listening.delete(signal);
  signal.removeEventListener('abort', there.leaveAll);
}

/** @param {string} name @param {unknown} value */
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

/** @param {Partial<Record<keyof AbortSignal, unknown>>} signal */
function checkSignal(signal) {
  const methods = /** @type {const} */ ([
    'addEventListener',
    'removeEventListener',
    'throwIfAborted',
  ]);
  const isSignal =
    typeof signal === 'object' &&
    typeof signal.aborted === 'boolean' &&
    methods.every((name) => typeof signal[name] === 'function');
  if (!isSignal) {
    throw invalid(TypeError, 'ERR_INVALID_ARG_TYPE', 'signal must be an AbortSignal.');
  }
}

/** @param {ErrorConstructor} Kind @param {string} code @param {string} message */
function invalid(Kind, code, message) {
  return Object.assign(new Kind(message), { code });
}

const LONGEST_MS = 24 * 60 * 60 * 1000;
