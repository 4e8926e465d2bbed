// One pool for each set of options, in every copy of the module: Next.js holds several of them, and makes another at
// each hot reload.
'use strict';

const { isDeepStrictEqual } = process.getBuiltinModule?.('node:util') ?? require('node:util');
const { insideOf } = require('../look_ups.js');
const { makePool } = require('./pool.js');

/**
 * @typedef {import('./options.js').Checked} Checked
 * @typedef {import('pg').Pool} Pool
 */

/**
 * @param {Checked} checked
 * @returns {Pool}
 */
exports.sharedPool = function sharedPool(checked) {
  const pools = all();
  const { given, tokens } = checked;
  const found = pools.find(
    (known) => isDeepStrictEqual(known.given, given) && shareCache(known.tokens, tokens),
  );
  if (found) return found.pool;
  // One that has ended is of no use to anybody.
  const forget = () => {
    const index = pools.findIndex((known) => known.pool === pool);
    if (index !== -1) pools.splice(index, 1);
  };
  // pg hides a part of what it is given, and the caller may change it.
  const pool = makePool({ ...checked, given: copied(given) }, forget);
  pools.push({ given: copied(given), tokens, pool });
  return pool;
};

/**
 * Objects in it are copied, too: options of TLS.
 * @param {Record<string, any>} given
 * @returns {Record<string, any>}
 */
function copied(given) {
  const entries = Object.entries(given);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isPlain(value) ? copied(value) : value]),
  );
}

/** @param {unknown} value */
function isPlain(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @returns {{ given: object, tokens: object, pool: Pool }[]} */
function all() {
  const known = Reflect.get(globalThis, POOLS);
  if (known) return known;
  const none = Object.defineProperty(globalThis, POOLS, { value: [] });
  return Reflect.get(none, POOLS);
}

/**
 * Whether two providers come to the same, in whatever environment: as `createLakebaseTokens` tells of the cache.
 *
 * @param {object} one
 * @param {object} other
 */
function shareCache(one, other) {
  if (one === other) return true;
  const [own, others] = [one, other].map((tokens) => insideOf(tokens)?.options);
  if (own === undefined || others === undefined) return false;
  const { giver, ...rest } = own;
  const { giver: otherGiver, ...otherRest } = others;
  if (!isDeepStrictEqual(rest, otherRest)) return false;
  // Functions differ and come to the same where they share a client id or a name, and nothing else.
  return giver === undefined ? otherGiver === undefined : Boolean(rest.clientId ?? rest.name);
}

const POOLS = Symbol.for('lakebase-token.pools');
