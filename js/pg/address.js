// Where to connect, and as whom: the caller's options, or else the environment of this moment. One error names all that
// is missing or wrong.
'use strict';

const { readFileSync } = process.getBuiltinModule?.('node:fs') ?? require('node:fs');
const { direct, isLoopback, isPooled } = require('../postgres_hosts.js');
const { insideOf, ownRole } = require('../look_ups.js');
const { tokenError } = require('../token_error.js');

/**
 * @typedef {Partial<import('pg').PoolConfig>} Given
 * @typedef {{ host: string, port: number, user: string, database: string, ssl: NonNullable<import('pg').PoolConfig['ssl']> }} Address
 * @typedef {import('lakebase-token').LakebaseTokens} Tokens
 */

/**
 * @param {Tokens} tokens
 * @param {Given} given
 * @returns {Address}
 */
function addressOf(tokens, given, env = process.env) {
  const { wrong, ...address } = read(tokens, given, env);
  const missing = missingOf(address).map((name) => `${name} (${MEANINGS[name]})`);
  if (missing.length > 0) {
    const [one, be] = missing.length === 1 ? ['it', 'is'] : ['them', 'are'];
    const message = `${missing.join(' and ')} ${be} not set. Set ${one} in the environment (npx lakebase-token init finds ${one}), or give the option.`;
    throw tokenError('ERR_LAKEBASE_CONFIG_MISSING', [message, ...wrong].join(' '));
  }
  refuse(wrong);
  return /** @type {Address} */ (address);
}

/**
 * The variables that are missing of the address; throws what is wrong of the others.
 * @param {Tokens} tokens
 * @param {Given} given
 */
function unset(tokens, given, env = process.env) {
  const { wrong, ...address } = read(tokens, given, env);
  refuse(wrong);
  return missingOf(address);
}

/** @param {{ host?: unknown, user?: unknown }} address */
function missingOf({ host, user }) {
  return [...(host ? [] : ['PGHOST']), ...(user ? [] : ['PGUSER'])];
}

/** @param {string[]} wrong */
function refuse(wrong) {
  if (wrong.length > 0) throw tokenError('ERR_LAKEBASE_CONFIG_INVALID', wrong.join(' '));
}

/**
 * @param {Tokens} tokens
 * @param {Given} given
 * @param {NodeJS.ProcessEnv} env
 */
function read(tokens, given, env) {
  const { PGHOST, PGPORT, PGUSER, PGDATABASE } = env;
  /** @type {string[]} */
  const wrong = [];
  const host = given.host ?? PGHOST;
  const port = Number(given.port ?? (PGPORT || 5432));
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    wrong.push('PGPORT must be a port from 1 to 65535.');
  }
  if (host && isEndpoint(host) && isPooled(host.toLowerCase())) {
    wrong.push(
      `PGHOST is a pooled host, which takes no tokens. Set it to the direct one, ${direct(host)}.`,
    );
  }
  const user = given.user ?? (PGUSER || ownRole(insideOf(tokens)));
  const database = given.database ?? (PGDATABASE || 'databricks_postgres');
  const ssl = given.ssl ?? sslOf(host ?? '', env, wrong);
  return { host, port, user, database, ssl, wrong };
}

/** @param {string} host */
function isEndpoint(host) {
  return /^ep-.*\../i.test(host);
}

/**
 * As `verify` judges it: whatever encrypts verifies.
 *
 * @param {string} host
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} wrong
 */
function sslOf(host, { PGSSLMODE, PGSSLROOTCERT }, wrong) {
  switch (PGSSLMODE || 'require') {
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      // `system` is no file: psql's word for the authorities that Node trusts anyway.
      return !PGSSLROOTCERT || PGSSLROOTCERT === 'system' ? true : authority(PGSSLROOTCERT, wrong);
    case 'disable':
      if (host === '' || host.startsWith('/') || isLoopback(host)) return false;
      wrong.push('PGSSLMODE is disable, which is for a Postgres on this machine. Set verify-full.');
      return true;
    default:
      wrong.push('PGSSLMODE must be require, verify-ca or verify-full. Set verify-full.');
      return true;
  }
}

/** @param {string} file @param {string[]} wrong */
function authority(file, wrong) {
  try {
    return { ca: readFileSync(file, 'utf8') };
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    wrong.push(`PGSSLROOTCERT names a file that cannot be read (${code}).`);
    return true;
  }
}

/** @type {Record<string, string>} */
const MEANINGS = {
  PGHOST: 'the host of the endpoint, ep-….database.…',
  PGUSER: 'the role: an e-mail address, or the client id of a principal',
};

module.exports = { addressOf, unset };
