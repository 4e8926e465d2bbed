// Why Postgres, or somebody on the way to it, refused a login, and what to do about it.
'use strict';

const { codeOf } = require('../foreseen.js');
const { foreign } = require('../../foreign_text.js');
const { isPlain, shownValue } = require('../shown_value.js');
const { failed } = require('./findings.js');
const { refusedRole } = require('./roles.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {{ what: string, advice: string }} Reason
 *
 * What a refused login is explained with: words that may be shown, and the error's own.
 * @typedef {object} Refused
 * @property {Env} env
 * @property {string} [subject] whom the token is for, where it says so
 * @property {string} [principal] where the id of the service principal was set whose it is
 * @property {string} code
 * @property {string} said
 * @property {string} host
 * @property {string} role
 * @property {string} database
 */

/**
 * @param {unknown} error of a driver
 * @param {Env} env
 * @param {import('./workspace_steps.js').Identity} identity
 */
function explained(error, env, { token, subject, principal }) {
  const told = (/** @type {unknown} */ text) => foreign(text ?? '', { secrets: [token] });
  const { message, detail, hint } =
    /** @type {{ message?: string, detail?: string, hint?: string }} */ (error ?? {});
  const refused = {
    env,
    subject,
    principal,
    code: foreign(codeOf(error) ?? ''),
    said: told(message),
    host: shownValue('PGHOST', env),
    role: shownValue('PGUSER', env),
    database: shownValue('PGDATABASE', env),
  };
  const { what, advice } = reasonFor(refused, `${told(message)} ${told(detail)} ${told(hint)}`);
  const more = [detail && `DETAIL: ${told(detail)}`, hint && `HINT: ${told(hint)}`];
  return failed([what, ...more.filter(Boolean)].join('. ').replaceAll('..', '.'), advice);
}

/**
 * Lakebase's proxy has words of its own for what Postgres has codes for.
 * @param {Refused} refused
 * @param {string} words
 */
function reasonFor(refused, words) {
  const { code, said } = refused;
  const [, bySaying] = SAYINGS.find(([saying]) => saying.test(words)) ?? [];
  const byCode = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  const explain = bySaying ?? byCode;
  return (
    explain?.(refused) ?? {
      what: `${said}${code ? ` (${code})` : ''}`,
      advice:
        "Check PGHOST, PGPORT, PGUSER and PGDATABASE, and the endpoint's state in the workspace.",
    }
  );
}

/** @param {Refused} refused @returns {Reason} */
function notPermitted({ said, role, database, env }) {
  const to = isPlain('PGUSER', env) ? identifier(role) : 'PGUSER';
  const on = isPlain('PGDATABASE', env) ? identifier(database) : 'PGDATABASE';
  return {
    what: `role ${role} may not use database ${database}: ${said}`,
    advice: `The owner of the database permits it: GRANT CONNECT ON DATABASE ${on} TO ${to};`,
  };
}

/** @param {Refused} refused @returns {Reason} */
function pooled({ said, host }) {
  return {
    what: `${host} is a connection pooler, which refuses tokens: ${said}`,
    advice: "Set PGHOST to the endpoint's direct host, which has no -pooler in its name.",
  };
}

/** @param {Refused} refused @returns {Reason} */
function notAuthorized({ said, host }) {
  return {
    what: `${host} admits nobody now: ${said}`,
    advice:
      'The endpoint may be paused, native Postgres login may be off, or this address may not be on the ' +
      "workspace's IP access list: look at the project's settings in the workspace.",
  };
}

/** @param {Refused} refused @returns {Reason} */
function withoutTls({ said, host }) {
  return {
    what: `${host} takes nothing without TLS: ${said}`,
    advice: 'Set PGSSLMODE=verify-full.',
  };
}

/** @param {Refused} refused @returns {Reason} */
function another({ said, host, code }) {
  return {
    what: `what answers at ${host} is not Lakebase, which always offers TLS: ${code || said}`,
    advice: 'Check PGHOST and PGPORT.',
  };
}

/** @param {Refused} refused @returns {Reason} */
function noToken({ said, host }) {
  return {
    what: `${host} does not know the token: ${said}`,
    advice: 'Check that PGHOST is the host of the endpoint that LAKEBASE_ENDPOINT names.',
  };
}

/** @param {Refused} refused @returns {Reason} */
function disabled({ said }) {
  return { what: said, advice: 'Enable the endpoint in the workspace.' };
}

/** @param {Refused} refused @returns {Reason} */
function asleep({ said }) {
  return {
    what: `the endpoint does not wake up: ${said}`,
    advice: 'Look at its state in the workspace, and try again.',
  };
}

/** @param {Refused} refused @returns {Reason} */
function unknownHost({ host, env }) {
  const isList = env.PGHOST?.includes(',');
  return {
    what: `there is no host ${host}`,
    advice: isList
      ? 'Set PGHOST to one host: an endpoint has no more, and pg knows no list of them.'
      : "Copy PGHOST from the endpoint's connection details; it changes with the endpoint.",
  };
}

/** @param {Refused} refused @returns {Reason} */
function unreachable({ host, code }) {
  return {
    what: `${host} does not accept a connection (${code})`,
    advice: 'Check PGHOST and PGPORT, and that the firewall lets that port out.',
  };
}

/** @param {Refused} refused @returns {Reason} */
function dropped({ host, code }) {
  return {
    what: `${host} closes each connection before the login (${code})`,
    advice:
      'Check PGHOST and PGPORT, and that no firewall or proxy on the way breaks what is not HTTPS.',
  };
}

/** @param {Refused} refused @returns {Reason} */
function silent({ host, code }) {
  return {
    what: `${host} does not finish a login (${code})`,
    advice:
      "Check PGHOST and PGPORT, that the firewall lets that port out, and the endpoint's state.",
  };
}

/** @param {Refused} refused @returns {Reason} */
function untrusted({ host, code }) {
  return {
    what: `the certificate of ${host} is not signed by a trusted authority (${code})`,
    advice:
      'Name its authority in NODE_EXTRA_CA_CERTS where the process starts: Node does not read it from an ' +
      'env file, and drivers read no other variable. The pool of lakebase-token/pg heeds PGSSLROOTCERT too.',
  };
}

/**
 * In SQL.
 * @param {string} name
 */
function identifier(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

/** @type {[RegExp, (refused: Refused) => Reason][]} */
const SAYINGS = [
  [/SASL authentication failed/i, pooled],
  [/External authorization failed/i, notAuthorized],
  [/Ensure that connection is using SSL|no encryption/i, withoutTls],
  [/not a valid JWT/i, noToken],
  // Words of pg.
  [/support SSL connections|establishing an SSL connection/i, another],
  [/endpoint has been disabled/i, disabled],
  [/connect to compute node/i, asleep],
];

/**
 * The codes of Postgres (https://www.postgresql.org/docs/current/errcodes-appendix.html), of Node's
 * sockets, of its TLS, and of the drivers.
 *
 * @type {Record<string, (refused: Refused) => Reason>}
 */
const BY_CODE = {
  '28P01': refusedRole,
  28000: refusedRole,
  42501: notPermitted,
  '3D000': ({ database }) => ({
    what: `there is no database ${database}`,
    advice: 'Check PGDATABASE: that of a new project is databricks_postgres.',
  }),
  53300: ({ said }) => ({
    what: `all connections are taken: ${said}`,
    advice: 'Make the pools smaller, or the compute larger: 104 connections at 0.5 CU.',
  }),
  '57P03': asleep,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ECONNREFUSED: unreachable,
  ECONNRESET: dropped,
  CONNECTION_CLOSED: dropped,
  CONNECTION_ENDED: dropped,
  ETIMEDOUT: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  CONNECT_TIMEOUT: silent,
  ERR_SSL_WRONG_VERSION_NUMBER: another,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) => ({
    what: `the certificate is not for ${host}`,
    advice: 'Check PGHOST.',
  }),
};

/** What more authorities may help against. */
const UNTRUSTED = new Set(Object.keys(BY_CODE).filter((code) => BY_CODE[code] === untrusted));

module.exports = { UNTRUSTED, explained };
