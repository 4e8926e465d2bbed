// The steps from a Postgres token to `SELECT 1`.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { connectionFrom, direct, isPooled } = require('../connection.js');
const { codeOf } = require('../foreseen.js');
const { foreign } = require('../foreign_text.js');
const { isPlain, shownValue } = require('../shown_value.js');
const { duration } = require('../terminal.js');
const { authorities } = require('./authorities.js');
const { findDriver } = require('./drivers.js');
const { failed, ok, skipped, warning } = require('./findings.js');
const { explained } = require('./refusals.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {import('../connection.js').Connection} Connection
 * @typedef {import('./findings.js').Finding} Finding
 * @typedef {import('./workspace_steps.js').Identity} Identity
 */

/**
 * @template Learned
 * @typedef {import('./findings.js').Outcome<Learned>} Outcome
 */

/**
 * @param {Identity} identity
 * @param {Env} env
 * @returns {Promise<Outcome<Connection | undefined>>} learns nothing where no login is tried
 */
async function postgresHost({ subject }, env) {
  const { missing, misplaced, connection } = connectionFrom(env);
  if (misplaced !== undefined) return { finding: failed(misplaced.what, misplaced.advice) };
  if (connection === undefined) {
    return { finding: skipped(`no login is tried: ${missing.join(', ')} not set`) };
  }
  const { host, role, database } = shownParts(env);
  if (isPooled(connection.host)) {
    const which = isPlain('PGHOST', env) ? `, ${direct(host)}` : '';
    const what = `${host} is the connection pooler, which refuses tokens`;
    return { finding: failed(what, `Set PGHOST to the direct host${which}.`) };
  }
  const { port, user } = connection;
  const shown = `${role} at ${host}:${port}, database ${database}`;
  const isAnother = subject !== undefined && subject !== user;
  const finding = isAnother
    ? warning(
        `${shown}; the token is for ${subject}`,
        `Usually PGUSER is the token's own identity.`,
      )
    : ok(shown);
  return { finding, learned: connection };
}

/** @param {Env} env */
function shownParts(env) {
  return {
    host: shownValue('PGHOST', env),
    role: shownValue('PGUSER', env),
    database: shownValue('PGDATABASE', env),
  };
}

/**
 * @param {Connection | undefined} connection
 * @param {Identity} identity
 * @param {Env} env
 * @returns {Promise<Finding>}
 */
async function postgresLogin(connection, { token, subject }, env) {
  if (connection === undefined) return skipped('no login is tried');
  const driver = findDriver(process.cwd());
  if (driver === undefined) {
    return skipped(
      'no login is tried: this project has neither pg nor postgres',
      'Install one to check the login too: npm install pg.',
    );
  }
  const { PGSSLROOTCERT: root = '' } = env;
  const ca = authorities(env, root === 'system' ? [] : [root]);
  try {
    const login = () => driver.logIn({ ...connection, password: token, ssl: { ca } });
    const { greeting, wokeAfterMs } = await patiently(login);
    const woke = wokeAfterMs ? `, after a wake-up of ${duration(wokeAfterMs)}` : '';
    const by = `${driver.name} ${driver.version}`.trim();
    const shown = (/** @type {string} */ word) => foreign(word, { secrets: [token], longest: 100 });
    return ok(
      `PostgreSQL ${shown(greeting.version)}, as ${shown(greeting.role)}, with ${by}${woke}`,
    );
  } catch (error) {
    return explained(error, env, { token, subject });
  }
}

/**
 * An endpoint that had scaled to zero drops connections, or refuses them, until it is awake.
 * @template Greeting
 * @param {() => Promise<Greeting>} logIn
 */
async function patiently(logIn) {
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const greeting = await logIn();
      return { greeting, wokeAfterMs: attempt > 1 ? performance.now() - startedAt : 0 };
    } catch (error) {
      const hasTime = performance.now() - startedAt < WAKING_LIMIT_MS;
      if (!WAKING.has(String(codeOf(error))) || !hasTime) throw error;
      await sleep(WAKING_PAUSE_MS);
    }
  }
}

/** What a login may meet while an endpoint wakes up. */
const WAKING = new Set(['57P03', 'ECONNRESET', 'CONNECTION_CLOSED', 'CONNECTION_ENDED']);
const WAKING_LIMIT_MS = 20_000;
const WAKING_PAUSE_MS = 250;

module.exports = { postgresHost, postgresLogin };
