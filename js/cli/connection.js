// Where Postgres is, as the variables of its own tools say it, and the URL of that. Pure functions.
'use strict';

const { misplacedForLogin } = require('./misplaced.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 *
 * @typedef {object} Connection
 * @property {string} host
 * @property {number} port
 * @property {string} user
 * @property {string} database
 *
 * @param {Env} env
 * @returns {{ missing: string[], misplaced?: import('./misplaced.js').Misplaced,
 *   connection?: Connection }} what is not set; else what cannot be what its variable is for; else
 *   where to connect
 */
function connectionFrom(env) {
  const { PGHOST: host = '', PGUSER: user = '', PGDATABASE: database = '' } = env;
  const missing = REQUIRED.filter((name) => !env[name]);
  if (missing.length > 0) return { missing };
  const misplaced = misplacedForLogin(env);
  if (misplaced !== undefined) return { missing, misplaced };
  return { missing, connection: { host, port: Number(env.PGPORT || 5432), user, database } };
}

/**
 * What tools read that take nothing but a URL. It has the parameters that it always had: `sslmode` is the
 * one that every tool knows, and each without the warning of pg (`ssl=true`, `uselibpqcompat`) is refused
 * by libpq, or weaker.
 *
 * @param {Connection} connection
 * @param {string} password
 * @param {Env} env
 * @param {string[]} drivers that the project has
 */
function databaseUrl({ host, port, user, database }, password, env, drivers) {
  const parameters = new URLSearchParams({ sslmode: sslMode(env) });
  if (rootCertInUrl(env, drivers)) parameters.set('sslrootcert', String(env.PGSSLROOTCERT));
  const authority = `${encodeURIComponent(user)}:${encodeURIComponent(password)}@${hostInUrl(host)}`;
  return `postgresql://${authority}:${port}/${encodeURIComponent(database)}?${parameters}`;
}

/**
 * libpq reads the variable itself; pg reads it nowhere else, and would trust more without it. postgres takes
 * it for a setting of the server, which refuses the login.
 *
 * @param {Env} env
 * @param {string[]} drivers that the project has
 */
function rootCertInUrl({ PGSSLROOTCERT: root = '' }, drivers) {
  const isPostgresAlone = drivers.includes('postgres') && !drivers.includes('pg');
  // `system` is no file, and only libpq knows it.
  return root !== '' && root !== 'system' && !isPostgresAlone;
}

/**
 * Lakebase accepts nothing without TLS; libpq's own default would fall back to it.
 * @param {Env} env
 */
function sslMode(env) {
  return env.PGSSLMODE || 'require';
}

/** @param {string} host */
function hostInUrl(host) {
  return host.includes(':') ? `[${host}]` : encodeURIComponent(host);
}

const REQUIRED = ['PGHOST', 'PGUSER', 'PGDATABASE'];

module.exports = { connectionFrom, databaseUrl, rootCertInUrl, sslMode };
