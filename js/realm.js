// The package's functions for another realm than the addon's, which makes everything in the one that
// Node.js began with. A test under Jest, or in a vm context, has an Error, a Promise and a Date of its own,
// and `instanceof` tells them apart.
'use strict';

/** @typedef {import('./addon.d.ts').Tokens} Tokens */

/**
 * @param {Tokens} tokens
 * @returns {Tokens}
 */
exports.inThisRealm = function inThisRealm(tokens) {
  return {
    ...providerInThisRealm(tokens),
    invalidate: tokens.invalidate,
    provider: (options) => providerInThisRealm(tokens.provider(options)),
  };
};

/**
 * @param {import('./addon.d.ts').ProviderTokens} tokens
 * @returns {import('./addon.d.ts').ProviderTokens}
 */
function providerInThisRealm(tokens) {
  /**
   * A hit is the same promise each time, so it is here.
   * @type {WeakMap<Promise<string>, Promise<string>>}
   */
  const promises = new WeakMap();
  /** @param {Promise<string>} promise */
  const known = (promise) => {
    const own = promises.get(promise) ?? ofThisRealm(promise);
    promises.set(promise, own);
    return own;
  };
  const { lookUp } = tokens;
  return {
    hit() {
      const promise = tokens.hit();
      return promise && known(promise);
    },
    token: (env) => known(tokens.token(env)),
    credential: (env, options) => ofThisRealm(tokens.credential(env, options), options?.signal),
    status: (env) => copy(tokens.status(env)),
    inspect: (env) => copy(tokens.inspect(env)),
    ...(lookUp && { lookUp: (...asked) => ofThisRealm(lookUp.apply(tokens, asked)) }),
  };
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {{ readonly reason: unknown } | null} [signal] whose reason is the caller's own
 * @returns {Promise<T>}
 */
function ofThisRealm(promise, signal) {
  return new Promise((resolve, reject) => {
    promise.then(
      (value) => resolve(copy(value)),
      (error) => reject(isOurs(error, signal) ? copy(error) : error),
    );
  });
}

/** @param {any} error @param {{ readonly reason: unknown } | null} [signal] */
function isOurs(error, signal) {
  try {
    return error !== signal?.reason && error.name === 'LakebaseTokenError';
  } catch {
    return false; // A reason of the caller's that cannot be looked at.
  }
}

/**
 * Of what the addon makes: text, numbers, dates, errors, and plain objects of these.
 * @template T
 * @param {T} value
 * @returns {T}
 */
function copy(value) {
  if (typeof value !== 'object' || value === null || value instanceof Object) return value;
  switch (Object.prototype.toString.call(value)) {
    case '[object Date]':
      return /** @type {T} */ (new Date(Number(value)));
    case '[object Error]':
      return filled(new Error(), value);
    default:
      return filled({}, value);
  }
}

/**
 * @template T
 * @param {object} own
 * @param {T & object} value
 * @returns {T}
 */
function filled(own, value) {
  for (const name of /** @type {(keyof T)[]} */ (Object.getOwnPropertyNames(value))) {
    const enumerable = Object.prototype.propertyIsEnumerable.call(value, name);
    const property = { value: copy(value[name]), enumerable, writable: true, configurable: true };
    Object.defineProperty(own, name, property);
  }
  return /** @type {T} */ (own);
}
