// Where Postgres is, as the variables of its own tools say it, and the URL of that. Pure functions.
'use strict';

/**
 * @typedef {object} Connection
 * @property {string} host
 * @property {number} port
 * @property {string} user
 * @property {string} database
 *
 * @param {Record<string, string | undefined>} env
 * @returns {{ missing: string[], connection?: Connection }} what is not set; if nothing is missing,
 *   where to connect
 */
function connectionFrom(env) {
  const { PGHOST: host = '', PGUSER: user = '', PGDATABASE: database = '' } = env;
  const missing = REQUIRED.filter((name) => !env[name]);
  if (missing.length > 0) {
    return { missing };
  }
  return { missing, connection: { host, port: Number(env.PGPORT || 5432), user, database } };
}

/**
 * What tools read that take nothing but a URL.
 * @param {Connection} connection
 * @param {string} password
 * @param {Record<string, string | undefined>} env
 */
function databaseUrl({ host, port, user, database }, password, env) {
  const parameters = new URLSearchParams({ sslmode: sslMode(env) });
  // `system` is no file, and only libpq knows it; libpq reads the variable itself.
  if (env.PGSSLROOTCERT && env.PGSSLROOTCERT !== 'system') {
    parameters.set('sslrootcert', env.PGSSLROOTCERT);
  }
  const authority = `${encodeURIComponent(user)}:${encodeURIComponent(password)}@${hostInUrl(host)}`;
  return `postgresql://${authority}:${port}/${encodeURIComponent(database)}?${parameters}`;
}

/**
 * Lakebase accepts nothing without TLS; libpq's own default would fall back to it.
 * @param {Record<string, string | undefined>} env
 */
function sslMode(env) {
  return env.PGSSLMODE || 'require';
}

/**
 * Whether it is the host of the connection pooler, which knows no tokens:
 * https://docs.databricks.com/aws/en/oltp/projects/connection-pooling
 * @param {string} host
 */
function isPooled(host) {
  const [first = ''] = host.split('.');
  return first.endsWith(POOLED);
}

/**
 * The same endpoint without the pooler.
 * @param {string} host
 */
function direct(host) {
  const [first = '', ...rest] = host.split('.');
  return [first.slice(0, -POOLED.length), ...rest].join('.');
}

/** @param {string} host */
function hostInUrl(host) {
  return host.includes(':') ? `[${host}]` : encodeURIComponent(host);
}

const POOLED = '-pooler';
const REQUIRED = ['PGHOST', 'PGUSER', 'PGDATABASE'];

module.exports = { connectionFrom, databaseUrl, direct, isPooled, sslMode };
