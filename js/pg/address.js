// Where to connect, and as whom: the caller's options, or else the environment of this moment. One error names all that
// is missing or wrong.
'use strict';

const { readFileSync } = process.getBuiltinModule?.('node:fs') ?? require('node:fs');
const { direct, isLoopback, isPooled } = require('../postgres_hosts.js');
const { tokenError } = require('../token_error.js');

/**
 * @typedef {{ host: string, port: number, user: string, database: string, ssl: NonNullable<import('pg').PoolConfig['ssl']> }} Address
 *
 * @param {import('lakebase-token').LakebaseTokens} tokens
 * @param {Partial<import('pg').PoolConfig>} given
 * @returns {Address}
 */
exports.addressOf = function addressOf(tokens, given, env = process.env) {
  const { PGHOST, PGPORT, PGUSER, PGDATABASE } = env;
  /** @type {string[]} */
  const missing = [];
  /** @type {string[]} */
  const wrong = [];
  const host = given.host ?? PGHOST;
  const user = given.user ?? (PGUSER || ownRole(tokens));
  if (!host) missing.push('PGHOST (the host of the endpoint, ep-….database.…)');
  if (!user) missing.push('PGUSER (the role: an e-mail address, or the client id of a principal)');
  const port = Number(given.port ?? (PGPORT || 5432));
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    wrong.push(`PGPORT must be a port from 1 to 65535.`);
  }
  if (host && isEndpoint(host) && isPooled(host.toLowerCase())) {
    wrong.push(
      `PGHOST is a pooled host, which takes no tokens. Set it to the direct one, ${direct(host)}.`,
    );
  }
  const ssl = given.ssl ?? sslOf(host ?? '', env, wrong);
  if (missing.length > 0) {
    const [one, be] = missing.length === 1 ? ['it', 'is'] : ['them', 'are'];
    const message = `${missing.join(' and ')} ${be} not set. Set ${one} in the environment, or give the option.`;
    throw tokenError('ERR_LAKEBASE_CONFIG_MISSING', [message, ...wrong].join(' '));
  }
  if (wrong.length > 0) throw tokenError('ERR_LAKEBASE_CONFIG_INVALID', wrong.join(' '));
  const database = given.database ?? (PGDATABASE || 'databricks_postgres');
  return { host: String(host), port, user: String(user), database, ssl };
};

/**
 * The client id of the identity that was chosen: a principal's role is named by it.
 * @param {object} tokens
 */
function ownRole(tokens) {
  const inside = Reflect.get(tokens, Symbol.for('lakebase-token.provider'));
  return inside?.inspect().clientId;
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
      if (host.startsWith('/') || isLoopback(host)) return false;
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
