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

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {import('../connection.js').Connection} Connection
 * @typedef {import('./findings.js').Finding} Finding
 * @typedef {import('./workspace_steps.js').Identity} Identity
 *
 * What a refused login is explained with: the words that may be shown, and the error's own.
 * @typedef {object} Refused
 * @property {Env} env
 * @property {string} [code]
 * @property {string} said
 * @property {string} host
 * @property {string} role
 * @property {string} database
 * @property {string} advisedRole what to say of PGUSER
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
    const said = foreign(/** @type {Partial<Error>} */ (error).message ?? '', { secrets: [token] });
    const advisedRole = whoIs(connection.user, subject);
    return explained({ env, code: codeOf(error), said, advisedRole, ...shownParts(env) });
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

/** @param {Refused} refused */
function explained(refused) {
  const { code = '', said } = refused;
  const explain = Object.hasOwn(EXPLANATIONS, code) ? EXPLANATIONS[code] : undefined;
  const { what, advice } = explain?.(refused) ?? {
    what: `${said}${code ? ` (${foreign(code)})` : ''}`,
    advice: 'Check PGHOST, PGPORT, PGUSER and PGDATABASE.',
  };
  return failed(what, advice);
}

/** @param {Refused} refused */
function refusedRole({ role, said, advisedRole, env }) {
  const name = isPlain('PGUSER', env) ? literal(role) : 'PGUSER';
  const kind = role.includes('@') ? 'USER' : 'SERVICE_PRINCIPAL';
  return {
    what: `Postgres refused role ${role}: ${said}`,
    advice:
      `${advisedRole} If the role does not exist, its owner makes it: CREATE EXTENSION IF NOT EXISTS ` +
      `databricks_auth; SELECT databricks_create_role(${name}, '${kind}');`,
  };
}

/** @param {Refused} refused */
function unknownHost({ host }) {
  return {
    what: `there is no host ${host}`,
    advice: "Copy PGHOST from the endpoint's connection details; it changes with the endpoint.",
  };
}

/** @param {Refused} refused */
function unreachable({ host, code }) {
  return {
    what: `${host} does not accept a connection (${code})`,
    advice: 'Check PGHOST and PGPORT, and that the firewall lets port 5432 out.',
  };
}

/** @param {Refused} refused */
function untrusted({ host, code }) {
  return {
    what: `the certificate of ${host} is not signed by a trusted authority (${code})`,
    advice: 'Name its authority in NODE_EXTRA_CA_CERTS, or in PGSSLROOTCERT.',
  };
}

/** @param {string} user @param {string | undefined} subject */
function whoIs(user, subject) {
  return subject && subject !== user
    ? `The token is for ${subject}: set PGUSER to that.`
    : "PGUSER must be the token's identity: an e-mail, or a service principal's application id.";
}

/**
 * In SQL.
 * @param {string} text
 */
function literal(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * By the codes of Postgres (https://www.postgresql.org/docs/current/errcodes-appendix.html), of Node's
 * sockets, of its TLS, and of the drivers.
 *
 * @type {Record<string, (refused: Refused) => { what: string, advice: string }>}
 */
const EXPLANATIONS = {
  '28P01': refusedRole,
  28000: refusedRole,
  '3D000': ({ database }) => ({
    what: `there is no database ${database}`,
    advice: 'Check PGDATABASE: that of a new project is databricks_postgres.',
  }),
  53300: () => ({
    what: 'all connections are taken',
    advice: 'Make the pools smaller, or the compute larger: 104 connections at 0.5 CU.',
  }),
  '57P03': ({ said }) => ({
    what: `the endpoint does not wake up: ${said}`,
    advice: 'Look at its state in the workspace, and try again.',
  }),
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  ETIMEDOUT: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  CONNECT_TIMEOUT: unreachable,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) => ({
    what: `the certificate is not for ${host}`,
    advice: 'Check PGHOST.',
  }),
};

/** What a login may meet while an endpoint wakes up. */
const WAKING = new Set(['57P03', 'ECONNRESET', 'CONNECTION_CLOSED', 'CONNECTION_ENDED']);
const WAKING_LIMIT_MS = 20_000;
const WAKING_PAUSE_MS = 250;

module.exports = { postgresHost, postgresLogin };
