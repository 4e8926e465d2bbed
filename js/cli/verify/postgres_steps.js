// The steps from a Postgres token to `SELECT 1`.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { connectionFrom } = require('../connection.js');
const { codeOf } = require('../foreseen.js');
const { foreign } = require('../../foreign_text.js');
const { direct, isPooled } = require('../../postgres_hosts.js');
const { isPlain, shownValue } = require('../shown_value.js');
const { effectOf } = require('../ssl_mode.js');
const { duration } = require('../terminal.js');
const { authoritiesWith } = require('./authorities.js');
const { findDriver } = require('./drivers.js');
const { failed, ok, skipped, warning } = require('./findings.js');
const { UNTRUSTED, explained } = require('./refusals.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {import('../connection.js').Connection} Connection
 * @typedef {import('./findings.js').Finding} Finding
 * @typedef {import('./workspace_steps.js').Identity} Identity
 *
 * @typedef {object} Done a login that Postgres welcomed
 * @property {import('./drivers.js').Greeting & { isByRootCert: boolean }} greeting `isByRootCert`: its
 *   certificate is trusted for PGSSLROOTCERT alone
 * @property {number} wokeAfterMs
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
    return { finding: skipped(`no login is tried: ${missing.join(', ')} not set`, UNSET) };
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

const UNSET =
  'npx lakebase-token init finds them; the pool of lakebase-token/pg finds PGHOST and PGUSER by itself.';

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
async function postgresLogin(connection, identity, env) {
  if (connection === undefined) return skipped('no login is tried');
  const driver = findDriver(process.cwd());
  const effect = effectOf(env, driver?.name);
  if (effect.isRefused) return failed(String(effect.what), effect.advice);
  if (driver === undefined) {
    return skipped(
      'no login is tried: this project has neither pg nor postgres',
      'Install one to check the login too: npm install pg.',
    );
  }
  try {
    const login = { ...connection, password: identity.token };
    const { encrypts } = effect;
    const done = await patiently(() => loggedIn(driver, { login, encrypts, env }));
    return welcomed(driver, done, effect, identity);
  } catch (error) {
    const finding = explained(error, env, identity);
    const more = effect.what === undefined ? [] : [`${effect.what}.`];
    return { ...finding, advice: [finding.advice, ...more].join(' ') };
  }
}

/**
 * With the authorities that Node trusts, as for the application; else also with that of PGSSLROOTCERT.
 * @param {import('./drivers.js').Driver} driver
 * @param {{ login: Omit<import('./drivers.js').Login, 'ssl'>, encrypts: boolean, env: Env }} how
 */
async function loggedIn(driver, { login, encrypts, env }) {
  const trusting = async (/** @type {{ ca?: string[] }} */ whom) => {
    const greeting = await driver.logIn({ ...login, ssl: encrypts && whom });
    return { ...greeting, isByRootCert: whom.ca !== undefined };
  };
  try {
    return await trusting({});
  } catch (error) {
    const { PGSSLROOTCERT: root = '' } = env;
    const isFile = root !== '' && root !== 'system';
    if (!isFile || !UNTRUSTED.has(String(codeOf(error)))) throw error;
    return trusting({ ca: authoritiesWith(root) });
  }
}

/**
 * @param {import('./drivers.js').Driver} driver
 * @param {Done} done
 * @param {import('../ssl_mode.js').Effect} effect
 * @param {Identity} identity
 */
function welcomed({ name, version }, { greeting, wokeAfterMs }, effect, { token }) {
  const shown = (/** @type {string} */ word) => foreign(word, { secrets: [token], longest: 100 });
  const woke = wokeAfterMs ? `, after a wake-up of ${duration(wokeAfterMs)}` : '';
  const who = `PostgreSQL ${shown(greeting.version)}, as ${shown(greeting.role)}`;
  const detail = `${who}, with ${`${name} ${version}`.trim()}${woke}`;
  const byFile =
    `The certificate is trusted only through PGSSLROOTCERT, which ${name} does not read, but the pool of ` +
    'lakebase-token/pg does: without that pool name the file in NODE_EXTRA_CA_CERTS too.';
  const advice = [effect.advice, greeting.isByRootCert && byFile].filter(Boolean).join(' ');
  return effect.what ? warning(`${detail}; ${effect.what}`, advice) : ok(detail, advice);
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
