// `exec`: runs a command that can log in to Postgres, for tools that take only a password or a URL.
'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const { getLakebaseCredential } = require('../index.js');
const { connectionFrom, databaseUrl, rootCertInUrl, sslMode } = require('./connection.js');
const { driversOf } = require('./project_drivers.js');
const { remarksOn, untrusted, withFiles } = require('./env_file_remarks.js');
const { ENV_FILE, loadEnvFiles } = require('./env_files.js');
const { codeOf } = require('./foreseen.js');
const { foreign } = require('../foreign_text.js');
const { direct, isPooled } = require('../postgres_hosts.js');
const { requireInPlace, requirePlainLogin, requirePort } = require('./misplaced.js');
const { PROFILE, useProfile } = require('./profile_option.js');
const { isPlain } = require('./shown_value.js');
const { effectOf } = require('./ssl_mode.js');
const { whileWaiting } = require('./terminal.js');
const { GOOD_LIFETIME_MS } = require('./token.js');
const { onWindows } = require('./windows_command.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {import('./env_files.js').Loaded} Loaded
 */

exports.summary = 'runs a command that can log in: lakebase-token exec -- drizzle-kit migrate';
exports.usage = 'exec [options] -- COMMAND [ARGUMENT]...';
exports.hasCommandLine = true;
exports.description = `
Runs COMMAND with a fresh Postgres token in PGPASSWORD and, where PGHOST, PGUSER and PGDATABASE are
set, a DATABASE_URL that contains it. The variables of the env files are set for it, too. The token is
good for logins within the next minutes: a command that runs on and on should use the package itself.

Signals are passed on, and the exit code is the command's own: 128 and the number of the signal, if
one ended it.
`;
exports.options = { profile: PROFILE, 'env-file': ENV_FILE };

/**
 * @param {import('./usage.js').ValuesOf<typeof exports.options>} values
 * @param {string[]} operands at least one
 */
exports.run = async function run({ profile, 'env-file': files }, [command = '', ...line]) {
  useProfile(profile);
  const loaded = await loadEnvFiles(files);
  remarksOn(loaded).forEach(remark);
  requireInPlace(process.env, profile !== undefined);
  // Every driver would connect to another port, or to none.
  if (connectionFrom(process.env).missing.length === 0) requirePort(process.env);
  if (files === undefined) requireKnownWay(loaded);
  const { token } = await whileWaiting(
    'Asking for a token',
    getLakebaseCredential({ minLifetimeMs: GOOD_LIFETIME_MS }).catch(withFiles(loaded)),
  );
  const { env, remarks } = surroundings({ ...loaded.passedOn, ...process.env }, token);
  remarks.forEach(remark);
  try {
    return await exitCodeOf(start(command, line, env));
  } catch (error) {
    console.error(`lakebase-token: ${foreign(command)} could not be started: ${explain(error)}`);
    // As a shell has it.
    return codeOf(error) === 'ENOENT' ? 127 : 126;
  }
};

/** @param {string} command @param {string[]} line @param {Env} env */
function start(command, line, env) {
  const isWindows = process.platform === 'win32';
  const {
    file,
    line: words,
    options,
  } = isWindows ? onWindows(command, line, env) : { file: command, line, options: {} };
  return spawn(file, words, { ...options, env, stdio: 'inherit' });
}

/** @param {string} text */
function remark(text) {
  console.error(`lakebase-token: ${text}`);
}

/**
 * The command gets a token. A cloned folder must not choose the host that it sends it to.
 * @param {Loaded} loaded
 */
function requireKnownWay({ elsewhere, ...loaded }) {
  const names = [...loaded.origins.keys()];
  requirePlainLogin(Object.fromEntries(names.map((name) => [name, process.env[name]])));
  const isReplaced = urlParts(process.env).connection !== undefined;
  const left = elsewhere.find(({ name }) => !(name === 'DATABASE_URL' && isReplaced));
  if (left !== undefined) {
    const { name, file } = left;
    throw untrusted(`${name} in ${file} leads to a Postgres that is not Databricks' own`, loaded);
  }
}

/**
 * What a `DATABASE_URL` is made of, or why it is not.
 * @param {Env} env
 * @returns {{ why?: string, connection?: import('./connection.js').Connection }}
 */
function urlParts(env) {
  const { missing, misplaced, connection } = connectionFrom(env);
  if (misplaced !== undefined) return { why: `${misplaced.what}. ${misplaced.advice}` };
  const isHalfSet = missing.length > 0 && missing.length < 3;
  return { connection, why: isHalfSet ? `${missing.join(' and ')} not set.` : undefined };
}

/**
 * The environment of the command, and what to tell its user about it.
 * @param {Env} env
 * @param {string} token
 * @param {string[]} [drivers] that the project has
 * @returns {{ env: Env, remarks: string[] }}
 */
function surroundings(env, token, drivers = driversOf(process.cwd())) {
  const { why, connection } = urlParts(env);
  const login = { ...env, PGPASSWORD: token, PGSSLMODE: sslMode(env) };
  if (connection !== undefined) {
    return {
      env: { ...login, DATABASE_URL: databaseUrl(connection, token, env, drivers) },
      remarks: remarksOnLogin(connection, env, drivers),
    };
  }
  return { env: login, remarks: why ? [`DATABASE_URL is left as it is: ${why}`] : [] };
}

/**
 * @param {import('./connection.js').Connection} connection
 * @param {Env} env
 * @param {string[]} drivers
 */
function remarksOnLogin({ host }, env, drivers) {
  const remarks = [];
  if (isPooled(host)) {
    const which = isPlain('PGHOST', env) ? `, ${direct(host)}` : '';
    remarks.push(
      'PGHOST is the host of the connection pooler, which refuses tokens. Set PGHOST to the direct ' +
        `one${which}.`,
    );
  }
  const { what, advice, encrypts } = effectOf(env, drivers[0]);
  if (what !== undefined && encrypts) remarks.push(`${what}. ${advice}`);
  if (drivers.includes('postgres') && rootCertInUrl(env, drivers)) {
    remarks.push(
      'DATABASE_URL names PGSSLROOTCERT for pg; the driver postgres cannot use it then (42704). For ' +
        'postgres name the file in NODE_EXTRA_CA_CERTS, and leave PGSSLROOTCERT unset.',
    );
  }
  return remarks;
}

/**
 * Rejects if it did not start, where that is not thrown by `spawn` already.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function exitCodeOf(child) {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // On a terminal, Ctrl-C has reached the command by itself: twice would mean "at once".
      const isFromTerminal = signal === 'SIGINT' && process.stdin.isTTY;
      if (!isFromTerminal) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? (signal ? 128 + constants.signals[signal] : 1));
    });
  });
}

/** @param {unknown} error */
function explain(error) {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'there is no such program. Install it, or name it with its path.';
    case 'EACCES':
      return 'it is not executable. Check its permissions.';
    case 'EFTYPE':
      return 'this system runs no file of its kind. Name the program that does.';
    case 'E2BIG':
      return 'its environment is too large. Shorten the variables of the env files.';
    default:
      return `${codeOf(error)}.`;
  }
}

exports.surroundings = surroundings;

/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
