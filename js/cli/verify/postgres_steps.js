// The steps from a Postgres token to `SELECT 1`.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { connectionFrom, direct, isPooled } = require('../connection.js');
const { foreign } = require('../foreign_text.js');
const { misplacedForLogin } = require('../misplaced.js');
const { isPlain, shownValue } = require('../shown_value.js');
const { duration } = require('../terminal.js');
const { authorities } = require('./authorities.js');
const { findDriver } = require('./drivers.js');
const { failed, ok, skipped, warning } = require('./findings.js');

function host(way) {
  const { missing, connection } = connectionFrom(way.env);
  if (connection === undefined) {
    return skipped(`no login is tried: ${missing.join(', ')} not set`);
  }
  const misplaced = misplacedForLogin(way.env);
  if (misplaced !== undefined) {
    return failed(misplaced.what, misplaced.advice);
  }
  const { host, role, database } = shownParts(way.env);
  if (isPooled(connection.host)) {
    return failed(
      `${host} is the connection pooler, which refuses tokens`,
      `Set PGHOST to the direct host${isPlain('PGHOST', way.env) ? `, ${direct(host)}` : ''}.`,
    );
  }
  way.connection = connection;
  const { port, user } = connection;
  const shown = `${role} at ${host}:${port}, database ${database}`;
  const { subject } = way;
  return subject && subject !== user
    ? warning(
        `${shown}; the token is for ${subject}`,
        `Usually PGUSER is the token's own identity.`,
      )
    : ok(shown);
}

function shownParts(env) {
  const [host, role, database] = ['PGHOST', 'PGUSER', 'PGDATABASE'].map((name) =>
    shownValue(name, env),
  );
  return { host, role, database };
}

async function login(way) {
  const { connection, token, env } = way;
  if (connection === undefined) {
    return skipped('no login is tried');
  }
  const driver = findDriver(process.cwd());
  if (driver === undefined) {
    return skipped(
      'no login is tried: this project has neither pg nor postgres',
      'Install one to check the login too: npm install pg.',
    );
  }
  const more = [env.PGSSLROOTCERT].filter((file) => file && file !== 'system');
  const details = { ...connection, password: token, ca: authorities(env, more) };
  try {
    const { greeting, wokeAfterMs } = await patiently(() => driver.logIn(details));
    const woke = wokeAfterMs ? `, after a wake-up of ${duration(wokeAfterMs)}` : '';
    const by = `${driver.name} ${driver.version}`.trim();
    const [version, role] = [greeting.version, greeting.role].map((word) =>
      foreign(word, { secrets: [token], longest: 100 }),
    );
    return ok(`PostgreSQL ${version}, as ${role}, with ${by}${woke}`);
  } catch (error) {
    const { what, advice } = explain(error, way);
    return failed(what, advice);
  }
}

/** An endpoint that had scaled to zero drops connections, or refuses them, until it is awake. */
async function patiently(logIn) {
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const greeting = await logIn();
      return { greeting, wokeAfterMs: attempt > 1 ? performance.now() - startedAt : 0 };
    } catch (error) {
      const hasTime = performance.now() - startedAt < WAKING_LIMIT_MS;
      if (!WAKING.has(error.code) || !hasTime) throw error;
      await sleep(WAKING_PAUSE_MS);
    }
  }
}

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 * @param {Error & { code?: string }} error
 */
function explain(error, { connection, subject, token, env }) {
  const { host, role, database } = shownParts(env);
  const said = foreign(error.message ?? '', { secrets: [token] });
  switch (error.code) {
    case '28P01':
    case '28000':
      return {
        what: `Postgres refused role ${role}: ${said}`,
        advice:
          `${whoIs(connection.user, subject)} If the role does not exist, its owner makes it: CREATE ` +
          `EXTENSION IF NOT EXISTS databricks_auth; SELECT databricks_create_role(` +
          `${isPlain('PGUSER', env) ? literal(role) : 'PGUSER'}, ` +
          `'${role.includes('@') ? 'USER' : 'SERVICE_PRINCIPAL'}');`,
      };
    case '3D000':
      return {
        what: `there is no database ${database}`,
        advice: 'Check PGDATABASE: that of a new project is databricks_postgres.',
      };
    case '53300':
      return {
        what: 'all connections are taken',
        advice: 'Make the pools smaller, or the compute larger: 104 connections at 0.5 CU.',
      };
    case '57P03':
      return {
        what: `the endpoint does not wake up: ${said}`,
        advice: 'Look at its state in the workspace, and try again.',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        what: `there is no host ${host}`,
        advice: "Copy PGHOST from the endpoint's connection details; it changes with the endpoint.",
      };
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'CONNECT_TIMEOUT':
      return {
        what: `${host} does not accept a connection (${error.code})`,
        advice: 'Check PGHOST and PGPORT, and that the firewall lets port 5432 out.',
      };
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return {
        what: `nobody who is trusted has signed the certificate of ${host} (${error.code})`,
        advice: 'Name its authority in NODE_EXTRA_CA_CERTS, or in PGSSLROOTCERT.',
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return { what: `the certificate is not for ${host}`, advice: 'Check PGHOST.' };
    default:
      return {
        what: `${said}${error.code ? ` (${foreign(error.code)})` : ''}`,
        advice: 'Check PGHOST, PGPORT, PGUSER and PGDATABASE.',
      };
  }
}

function whoIs(user, subject) {
  return subject && subject !== user
    ? `The token is for ${subject}: set PGUSER to that.`
    : "PGUSER must be the token's identity: an e-mail, or a service principal's application id.";
}

/** In SQL. */
function literal(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

/** What a login may meet while an endpoint wakes up. */
const WAKING = new Set(['57P03', 'ECONNRESET', 'CONNECTION_CLOSED', 'CONNECTION_ENDED']);
const WAKING_LIMIT_MS = 20_000;
const WAKING_PAUSE_MS = 250;

module.exports = [
  { name: 'Postgres host', run: host },
  { name: 'Postgres login', run: login },
];
