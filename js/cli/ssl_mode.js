// What comes of PGSSLMODE and PGSSLROOTCERT. libpq, node-postgres and postgres.js read them each in its own way, and Lakebase
// takes nothing without TLS. Pure functions.
//
// https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS, and of pg 8.23
// lib/connection-parameters.js, of pg-connection-string 2.14 index.js, of postgres 3.4.9 src/connection.js.
'use strict';

const { isLoopback } = require('../postgres_hosts.js');
const { quoted } = require('./misplaced.js');
const { isInQuotes } = require('./shown_value.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 *
 * @typedef {object} Effect
 * @property {boolean} encrypts whether a login asks for TLS
 * @property {boolean} isRefused whether Lakebase refuses what follows from it, or a tool the value itself
 * @property {string} [what] there is more to say of it
 * @property {string} [advice]
 *
 * @param {Env} env
 * @param {string} [driver] `pg`, which reads the variable, or another one, which does not
 * @returns {Effect}
 */
function effectOf(env, driver) {
  const effect = effectOfMode(env, driver);
  if (effect.what !== undefined || !isInQuotes(env.PGSSLROOTCERT)) return effect;
  return { ...effect, ...quoted('PGSSLROOTCERT', 'the path of a file of authorities') };
}

/**
 * @param {Env} env
 * @param {string} [driver]
 * @returns {Effect}
 */
function effectOfMode(env, driver) {
  const { PGSSLMODE: mode = '', PGHOST: host = '' } = env;
  const isLocal = host.startsWith('/') || isLoopback(host);
  if (isInQuotes(mode)) {
    const { what, advice } = quoted('PGSSLMODE', 'verify-full');
    return { encrypts: true, isRefused: true, what, advice };
  }
  switch (mode) {
    case '':
      return { ...FINE, advice: driver === 'pg' ? ONLY_WHERE_ASKED : undefined };
    case 'prefer':
      return {
        ...FINE,
        advice: `With PGSSLMODE=prefer psql checks nobody, and may go on without TLS. ${SET}`,
      };
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return FINE;
    case 'no-verify':
      return {
        ...FINE,
        what: `PGSSLMODE is no-verify: pg trusts whoever answers, psql refuses it`,
        advice: SET,
      };
    case 'disable':
      return unencrypted('nothing that reads it encrypts', isLocal);
    case 'allow':
      return driver === 'pg'
        ? unencrypted('pg does not encrypt', isLocal)
        : { ...FINE, what: 'PGSSLMODE is allow, with which pg does not encrypt', advice: SET };
    default:
      return {
        encrypts: true,
        isRefused: true,
        what: 'PGSSLMODE has an unknown value: pg does not encrypt then, and psql refuses it',
        advice: SET,
      };
  }
}

/**
 * A Postgres on this machine may be another one than Lakebase, and nobody listens on the way to it.
 * @param {string} why
 * @param {boolean} isLocal
 * @returns {Effect}
 */
function unencrypted(why, isLocal) {
  return {
    encrypts: !isLocal,
    isRefused: !isLocal,
    what: `With this PGSSLMODE ${why}, and Lakebase takes nothing without TLS`,
    advice: SET,
  };
}

const SET = 'Set PGSSLMODE=verify-full, and PGSSLROOTCERT=system for psql (16 or later).';

const ONLY_WHERE_ASKED =
  'pg encrypts only where PGSSLMODE or its option ssl says so, and Lakebase takes nothing without TLS. ' +
  SET;

/** @type {Effect} */
const FINE = { encrypts: true, isRefused: false };

module.exports = { effectOf };
