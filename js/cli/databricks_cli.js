// Asks the Databricks CLI for an access token, and says in our words why it has none.
'use strict';

const { execFile } = require('node:child_process');
const { tokenError } = require('../token_error.js');
const { foreign } = require('./foreign_text.js');
const { onPath } = require('./programs.js');

/**
 * @typedef {{ token: string, expiresAt: Date | undefined }} AccessToken
 *
 * How the CLI ended.
 * @typedef {object} Ended
 * @property {number | string | null} exitCode Node's code of the error if it could not be started
 * @property {boolean} isOverdue
 * @property {string} stdout
 * @property {string} stderr
 *
 * @typedef {{ what: string, advice: string, isUnknownFlag?: boolean }} Reason
 */

/**
 * @param {{ profile: string, holdsToken?: boolean, forceRefresh?: boolean, signal?: AbortSignal }} request
 *   `holdsToken`: whether the profile has a personal access token, which the CLI does not print
 * @returns {Promise<AccessToken>}
 */
async function accessToken({ profile, holdsToken = false, forceRefresh = false, signal }) {
  // No shell: a profile may be called anything.
  const line = ['auth', 'token', '--profile', profile, '-o', 'json'];
  if (forceRefresh) line.push('--force-refresh');
  const ended = await run(line, signal);
  signal?.throwIfAborted();
  return readAnswer(ended, profile, new Date(), holdsToken);
}

/**
 * What the CLI's answer means.
 * https://docs.databricks.com/aws/en/dev-tools/cli/reference/auth-commands
 *
 * @param {Ended} ended
 * @param {string} profile
 * @param {Date} now
 * @param {boolean} [holdsToken]
 * @returns {AccessToken}
 */
function readAnswer(ended, profile, now, holdsToken = false) {
  if (ended.exitCode !== 0) {
    throw refusal(ended, profile, holdsToken);
  }
  const { access_token: token, expiry } = asJson(ended.stdout) ?? {};
  if (typeof token !== 'string' || !TOKEN.test(token)) {
    // Not quoted: whatever it is, it may hold the token.
    throw failed(
      'The Databricks CLI ended well, but what it printed holds no usable access_token',
      `Look at the output of ${commandLine(profile)}; a wrapper or an alias called databricks may print more.`,
    );
  }
  const moment = new Date(/** @type {string} */ (expiry));
  // Go's zero time, or nothing at all: a token without a known end.
  const expiresAt = moment.getTime() > 0 ? moment : undefined;
  if (expiresAt && expiresAt <= now) {
    throw failed(
      `The Databricks CLI gave a token that expired at ${expiresAt.toISOString()}`,
      `Set this machine's clock, or run ${login(profile)}.`,
    );
  }
  return { token, expiresAt };
}

/** @param {Ended} ended @param {string} profile @param {boolean} holdsToken */
function refusal({ exitCode, isOverdue, stdout, stderr }, profile, holdsToken) {
  if (exitCode === 'ENOENT') {
    return failed(
      'The Databricks CLI is not installed, or not on PATH',
      'Install it (https://docs.databricks.com/dev-tools/cli/install), then run ' +
        `${login(profile)}.`,
    );
  }
  if (isOverdue) {
    return failed(
      `The Databricks CLI gave no answer within ${LONGEST_RUN_MS / 1000} s`,
      `Run ${commandLine(profile)} and see what it waits for.`,
    );
  }
  if (typeof exitCode === 'string') {
    return failed(
      `The Databricks CLI could not be started: ${exitCode}`,
      'Check the program called databricks on PATH.',
    );
  }
  const said = asJson(stdout)?.error_code ? asJson(stdout) : asJson(stderr);
  const text = String(said?.message ?? stderr);
  const { what, advice, isUnknownFlag } = explain({ said, text, profile, holdsToken, exitCode });
  return Object.assign(failed(`${what}${quote(text)}`, advice), { isUnknownFlag });
}

/**
 * Newer versions say it with a code (September 2026); of the others there is only the text.
 * @param {{ said: Record<string, unknown> | undefined, text: string, profile: string,
 *   holdsToken: boolean, exitCode: number | null }} refused
 * @returns {Reason}
 */
function explain({ said, text, profile, holdsToken, exitCode }) {
  if (OLD_CLI.test(text)) {
    return {
      what: 'The Databricks CLI here is too old, or the Python one of the same name',
      advice: 'Install version 0.205 or later (https://docs.databricks.com/dev-tools/cli/install).',
      isUnknownFlag: true,
    };
  }
  if (NO_PROFILE.test(text)) {
    return {
      what: `The Databricks CLI has no profile ${profile}`,
      advice: `Run databricks auth profiles to see which there are, or make it: ${login(profile)} --host <workspace URL>.`,
    };
  }
  if (SERVICE_PRINCIPAL.test(text)) {
    return {
      what: `Profile ${profile} is a service principal's, for which the Databricks CLI gives no token`,
      advice: 'Set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET instead of DATABRICKS_TOKEN.',
    };
  }
  if (NO_HOST.test(text)) {
    return {
      what: `The Databricks CLI knows no host for profile ${profile}`,
      advice: `Name another profile with --profile, or run ${login(profile)} --host <workspace URL>.`,
    };
  }
  if (NOT_LOGGED_IN_CODES.has(String(said?.error_code)) || NOT_LOGGED_IN.test(text)) {
    return notLoggedIn(profile, holdsToken);
  }
  return {
    what: `The Databricks CLI ended with ${exitCode ?? 'a signal'}`,
    advice: `Run ${commandLine(profile)} to see more.`,
  };
}

/**
 * A login would turn a profile that holds a token into one of another kind.
 * @param {string} profile
 * @param {boolean} holdsToken
 */
function notLoggedIn(profile, holdsToken) {
  return holdsToken
    ? {
        what: `Profile ${profile} holds a personal access token, which the Databricks CLI does not hand out`,
        advice: `Set DATABRICKS_TOKEN to it, or name a profile that was logged in to with --profile.`,
      }
    : {
        what: `The Databricks CLI is not logged in with profile ${profile}`,
        advice: `Run ${login(profile)}.`,
      };
}

/**
 * @param {string[]} line
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<Ended>}
 */
function run(line, signal) {
  const { file, code = null } = onPath('databricks', process.env.PATH);
  if (file === undefined) {
    return Promise.resolve({ exitCode: code, isOverdue: false, stdout: '', stderr: '' });
  }
  return new Promise((resolve) => {
    // It must not wait for an answer to a question: stdin is closed below.
    /** @satisfies {import('node:child_process').ExecFileOptionsWithStringEncoding} */
    const options = { encoding: 'utf8', timeout: LONGEST_RUN_MS, signal, windowsHide: true };
    const child = execFile(file, line, options, (error, stdout, stderr) => {
      const isOverdue = error?.killed === true && !signal?.aborted;
      resolve({ exitCode: error ? (error.code ?? null) : 0, isOverdue, stdout, stderr });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end();
  });
}

/** @param {string} what @param {string} advice */
function failed(what, advice) {
  return tokenError('ERR_LAKEBASE_CLI_FAILED', `${what}. ${advice}`);
}

/**
 * `: “…”`: the first paragraph of what it said, without what could be a token.
 * @param {string} text
 */
function quote(text) {
  const [paragraph = ''] = text.trim().split(/\n\s*\n/);
  const words = foreign(paragraph.replace(/^Error: /, '')).replace(/\.$/, '');
  return words && `: “${words}”`;
}

/** @param {string} text @returns {Record<string, unknown> | undefined} */
function asJson(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} profile */
function commandLine(profile) {
  return `databricks auth token --profile ${forShell(profile)}`;
}

/** @param {string} profile */
function login(profile) {
  return `databricks auth login --profile ${forShell(profile)}`;
}

/** @param {string} word */
function forShell(word) {
  return /^[\w.@:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** RFC 6750 §2.1: so that it needs no quotes in an env file or a header. */
const TOKEN = /^[\w.~+/-]+=*$/;

const NOT_LOGGED_IN_CODES = new Set(['UNAUTHENTICATED', 'INVALID_REFRESH_TOKEN']);
const NOT_LOGGED_IN = /refresh token is invalid|OAuth is not configured|auth login|no cached cred/i;
const NO_PROFILE = /has no .* profile|profile .*(not found|does not exist)/i;
const NO_HOST = /specify a host/i;
const SERVICE_PRINCIPAL = /M2M|client_id\/client_secret/;
/** Of the Go one before, and of the Python one (`databricks-cli`), which knows no `auth token`. */
const OLD_CLI = /unknown (shorthand )?flag|unknown command|no such (command|option)/i;

/** A renewal over a slow network, with retries of its own. */
const LONGEST_RUN_MS = 60_000;

module.exports = { accessToken, readAnswer };
