// What the end of a run of the Databricks CLI means: a token, or a failure with our words. Pure functions.
'use strict';

const { foreign } = require('../foreign_text.js');
const { explain, paragraphOf } = require('./explain.js');
const { explainUnstarted } = require('./unstarted.js');
const { commandLine, login } = require('./whom.js');

/**
 * @typedef {import('./run.js').Ended} Ended
 * @typedef {import('./run.js').Exited} Exited
 * @typedef {import('./whom.js').Whom} Whom
 * @typedef {import('./explain.js').Words} Words
 *
 * @typedef {{ token: string, expiresAt: Date | undefined }} AccessToken
 *
 * An error whose message is `what: “said”. advice`.
 * @typedef {object} Reason
 * @property {string} what sentence one, without its full stop
 * @property {string} advice sentence two
 * @property {boolean} retryable whether time alone can mend it
 * @property {boolean} [isUnknownFlag] the CLI is of a version without it
 * @property {string} [said] the CLI's own words, of one line
 * @typedef {Error & Reason} CliFailure
 */

/**
 * https://docs.databricks.com/aws/en/dev-tools/cli/reference/auth-commands
 *
 * @param {Ended} ended
 * @param {Whom} whom
 * @param {Date} now
 * @param {string[]} [secrets] that are not repeated
 * @returns {AccessToken}
 * @throws {CliFailure}
 */
function readAnswer(ended, whom, now, secrets = []) {
  // Words on stderr are warnings as long as it ends well.
  if (ended.kind !== 'exited' || ended.exitCode !== 0)
    throw failure(reasonOf(ended, whom, secrets));
  const { access_token: token, expiry, expires_in: lifeSeconds } = asJson(ended.stdout) ?? {};
  if (typeof token !== 'string' || !TOKEN.test(token)) {
    throw failure({
      // Not quoted: whatever it is, it may hold the token.
      what: 'The Databricks CLI ended well, but what it printed holds no usable access_token',
      advice: `Look at the output of ${commandLine(whom)}; a wrapper or an alias called databricks may print more.`,
    });
  }
  const expiresAt = momentOf(expiry) ?? momentAfter(now, lifeSeconds);
  if (expiresAt && expiresAt <= now) {
    throw failure({
      what: `The Databricks CLI gave a token that expired at ${expiresAt.toISOString()}`,
      advice: `Set this machine's clock, or run ${login(whom)}.`,
    });
  }
  return { token, expiresAt };
}

/**
 * None for Go's zero time: a token without a known end.
 * @param {unknown} expiry
 */
function momentOf(expiry) {
  const moment = new Date(/** @type {string} */ (expiry));
  return moment.getTime() > 0 ? moment : undefined;
}

/** @param {Date} now @param {unknown} seconds */
function momentAfter(now, seconds) {
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds < LONGEST_LIFE_S)) return undefined;
  return new Date(now.getTime() + seconds * 1000);
}

/**
 * @param {Ended} ended
 * @param {Whom} whom
 * @param {string[]} secrets
 * @returns {Words & { said?: string }}
 */
function reasonOf(ended, whom, secrets) {
  switch (ended.kind) {
    case 'absent':
    case 'unstarted':
      return explainUnstarted(ended, whom);
    case 'overdue':
      return {
        what: `The Databricks CLI gave no answer within ${ended.limitMs / 1000} s`,
        advice: `Run ${commandLine(whom)} and see what it waits for.`,
        retryable: true,
      };
    case 'flood':
      return {
        what: `The Databricks CLI was stopped, because it printed more to ${ended.stream} than any answer has`,
        advice: `Look at the output of ${commandLine(whom)}; a wrapper or an alias called databricks may print more.`,
      };
    case 'exited': {
      const { text, code } = saidBy(ended);
      const [line = ''] = text.split('\n');
      const own = line.replace(/^Error: /, '').replace(/\.? Try logging in again with .*$/, '');
      const open = own.replace(ASSIGNED_SECRET, '$1…');
      const said = foreign(open, { secrets }).replace(/\.$/, '') || undefined;
      return { ...explain({ text, code, exitCode: ended.exitCode }, whom), said };
    }
  }
}

/**
 * Why it ended as it did: newer versions say it with a code (September 2026), of the others there is only the
 * text.
 * @param {Exited} ended
 * @returns {{ text: string, code?: string }}
 */
function saidBy({ stdout, stderr }) {
  const inJson = asJson(stdout);
  const { error_code: code, message } = (inJson?.error_code ? inJson : asJson(stderr)) ?? {};
  if (code === undefined && message === undefined) return { text: paragraphOf(stderr) };
  return { text: paragraphOf(String(message ?? '')), code: String(code) };
}

/**
 * Whether another process came first: at macOS' keychain (https://github.com/databricks/cli/issues/6051), or in
 * renewing the login, which is good for one renewal and lies in the CLI's cache by now.
 * @param {Ended} ended
 */
function isLostRace(ended) {
  const isOne = /exit status 45\b|refresh token is invalid/;
  return ended.kind === 'exited' && ended.exitCode !== 0 && isOne.test(ended.stderr);
}

/**
 * @param {Words & { said?: string }} words
 * @returns {CliFailure}
 */
function failure({ what, advice, said, isUnknownFlag, retryable = false }) {
  const message = `${what}${said ? `: “${said}”` : ''}. ${advice}`;
  return Object.assign(new Error(message), {
    what,
    advice,
    retryable,
    ...(said && { said }),
    ...(isUnknownFlag && { isUnknownFlag }),
  });
}

/** @param {unknown} error @returns {error is CliFailure} */
function isCliFailure(error) {
  return error instanceof Error && 'what' in error && 'advice' in error;
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

/** RFC 6750 §2.1: so that it needs no quotes in an env file or a header. */
const TOKEN = /^[\w.~+/-]+=*$/;

/** As a file of profiles or a command line has it. */
const ASSIGNED_SECRET = /((?:secret|token|password)\s*=\s*)\S+/gi;

/** A year: no access token lives as long, and further ones are no moments. */
const LONGEST_LIFE_S = 366 * 24 * 3600;

module.exports = { isCliFailure, isLostRace, readAnswer };
