// The step of the store that a fleet shares its tokens by: whether it is asked, and what comes of it. Nothing
// fails for it, as no call does: without it the workspace is asked.
'use strict';

const dns = require('node:dns/promises');
const net = require('node:net');
const { ok, skipped, warning } = require('./findings.js');
const { withinLimit } = require('./limit.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {NonNullable<import('../../addon.d.ts').Inspection['store']>} Store
 * @typedef {import('./findings.js').Finding} Finding
 */

const native = () => require('../../native.js');

/**
 * @param {Store} store
 * @param {Env} env
 * @returns {Promise<Finding>}
 */
async function store(store, env) {
  const { place, from, unshared } = store;
  if (unshared !== undefined) return unasked(`${place} (${from})`, unshared);
  const tried = await native().tryStore(env);
  if (tried?.failure !== undefined) {
    return warning(
      `${place} ${tried.failure}`,
      `Tokens come from the workspace as without it. Check ${from}, and the network.`,
    );
  }
  // Of TLS nobody need know whose network it is.
  const isPrivate = store.isEncrypted || (await isWithin(place));
  return reached(store, tried?.isThere === true, isPrivate);
}

/**
 * @param {Store} store
 * @param {boolean} isThere whether a token is
 * @param {boolean} isPrivate whether the way to it is
 */
function reached({ place, isEncrypted, from }, isThere, isPrivate) {
  const way = isEncrypted ? 'by TLS' : 'without TLS';
  const found = isThere ? 'a token is there' : 'no token is there yet';
  const detail = `${place} (${from}), ${way}; ${found}`;
  if (isEncrypted || isPrivate) return ok(detail);
  return warning(
    `${detail}; on its way anybody can read the password of the store`,
    'Use rediss://. The tokens are sealed in any case.',
  );
}

/**
 * @param {string} where
 * @param {NonNullable<Store['unshared']>} why
 */
function unasked(where, why) {
  switch (why) {
    case 'no-key':
      return warning(
        `${where} is not asked: ID tokens have nothing that seals`,
        'Set LAKEBASE_TOKEN_STORE_KEY to the same 32 bytes everywhere: `openssl rand -base64 32`.',
      );
    case 'of-a-person':
      return skipped(`${where} is not asked: two people could share a token of this identity`);
  }
}

/**
 * Whether what is said to it stays on this machine or in a private network, as far as addresses tell.
 * @param {string} place
 */
async function isWithin(place) {
  const host = place.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  try {
    const looking = dns.lookup(host, { all: true });
    const addresses = await withinLimit(looking, LIMIT_MS, 'ETIMEDOUT');
    return addresses.every(({ address, family }) =>
      PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4'),
    );
  } catch {
    return false;
  }
}

const LIMIT_MS = 3_000;

const PRIVATE = new net.BlockList();
PRIVATE.addSubnet('127.0.0.0', 8);
// https://www.rfc-editor.org/rfc/rfc1918 and https://www.rfc-editor.org/rfc/rfc6598
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);
PRIVATE.addSubnet('100.64.0.0', 10);
PRIVATE.addAddress('::1', 'ipv6');
// https://www.rfc-editor.org/rfc/rfc4193
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

module.exports = { isWithin, reached, store };
