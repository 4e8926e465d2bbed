// Why the Databricks CLI gave no token, in our words. Of most of its versions there is only the text to tell by.
// Pure functions.
'use strict';

const { foreign } = require('../foreign_text.js');
const { INSTALL, called, commandLine, firstLogin, login, whose } = require('./whom.js');

/**
 * @typedef {import('./whom.js').Whom} Whom
 *
 * @typedef {{ what: string, advice: string, isUnknownFlag?: boolean, retryable?: boolean }} Words
 */

/**
 * @param {{ text: string, code?: string, exitCode: number | null }} refused `code`: what its JSON names
 * @param {Whom} whom
 * @returns {Words}
 */
function explain({ text, code, exitCode }, whom) {
  const [, words] = TEXTS.find(([known]) => known.test(text)) ?? [];
  if (words !== undefined) return words(whom);
  if (code !== undefined && NOT_LOGGED_IN_CODES.has(code)) return notLoggedIn(whom);
  return {
    what: `The Databricks CLI ended with ${exitCode ?? 'a signal'}`,
    advice: `Run ${commandLine(whom)} to see more.`,
  };
}

/**
 * The lines that tell the error. Warnings may stand before it; what follows after an empty line is advice, which
 * names a login whatever the error is.
 *
 * @param {string} text
 */
function paragraphOf(text) {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => !/^warn(ing)?:/i.test(line));
  const first = lines.findIndex((line) => line.startsWith('Error: '));
  const told = lines.slice(first < 0 ? lines.findIndex(Boolean) : first);
  const end = told.indexOf('');
  return told.slice(0, end < 0 ? undefined : end).join('\n');
}

/**
 * A login would turn a profile that holds a token into one of another kind.
 * @param {Whom} whom
 * @returns {Words}
 */
function notLoggedIn(whom) {
  return whom.holdsToken
    ? {
        what: `${subject(whom)} holds a personal access token, which the Databricks CLI does not hand out`,
        advice: `Set DATABRICKS_TOKEN to it, or name a profile that was logged in to with ${namedBy(whom)}.`,
      }
    : {
        what: `The Databricks CLI is not logged in ${whom.profile === undefined ? whose(whom) : `with ${called(whom)}`}`,
        advice: `Run ${login(whom)}.`,
      };
}

/** @param {Whom} whom */
function subject(whom) {
  const { profile } = whom;
  return profile === undefined ? `The profile ${whose(whom)}` : `Profile ${foreign(profile)}`;
}

/** @param {Whom} whom */
function namedBy({ namedBy = 'DATABRICKS_CONFIG_PROFILE' }) {
  return namedBy;
}

/** @param {string} version */
function install(version) {
  return `Install version ${version} or later (${INSTALL}).`;
}

const NOT_LOGGED_IN_CODES = new Set(['UNAUTHENTICATED', 'INVALID_REFRESH_TOKEN']);

/** @type {[RegExp, (whom: Whom) => Words][]} The first one that is found counts. */
const TEXTS = [
  [
    /exit status 45\b/,
    () => ({
      what: 'The Databricks CLI did not get to the macOS keychain, which another program was using',
      advice: 'Try again.',
      retryable: true,
    }),
  ],
  [
    /keyring unreachable|keyring get timed out/i,
    (whom) => ({
      what: "The Databricks CLI does not reach this system's keyring, where it keeps its logins",
      advice: `Set DATABRICKS_AUTH_STORAGE=plaintext, and with it run ${login(whom)}.`,
    }),
  ],
  [
    /unknown (shorthand )?flag|no such option/i,
    () => ({
      what: 'The Databricks CLI here is too old: it does not know an option',
      advice: install('0.296'),
      isUnknownFlag: true,
    }),
  ],
  [
    // Of the Go one before 0.205, and of the Python one (`databricks-cli`).
    /unknown command|no such command/i,
    () => ({
      what: 'The Databricks CLI here is too old, or the Python one of the same name',
      advice: install('0.205'),
    }),
  ],
  [
    /conflicts with --host/,
    () => ({
      what: 'The Databricks CLI was told a profile and a host that are of different workspaces',
      advice: 'Unset DATABRICKS_HOST and DATABRICKS_CONFIG_PROFILE, or let them name the same one.',
    }),
  ],
  [
    /uses M2M|client_id\/client_secret/,
    (whom) => ({
      what: `${subject(whom)} is a service principal's, for which the Databricks CLI gives no token`,
      advice:
        'Set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET; or take auth_type out of the profile, and ' +
        'lakebase-token reads client_id and client_secret of it itself.',
    }),
  ],
  [
    /no profiles configured/i,
    (whom) => ({
      what: 'The Databricks CLI has no profiles',
      advice: `Run ${firstLogin(whom)}.`,
    }),
  ],
  [
    /no profile specified/i,
    (whom) => ({
      what: 'The Databricks CLI was not told which profile to use',
      advice: `Name one with ${namedBy(whom)}.`,
    }),
  ],
  [
    /multiple profiles matched|\bmatch .* in .*Use --profile/i,
    (whom) => ({
      what: `The Databricks CLI has several profiles ${whose(whom)}`,
      advice: `Name one with ${namedBy(whom)}.`,
    }),
  ],
  [/cached token has no refresh token/i, notLoggedIn],
  [
    /has no .* profile|profile .*(not found|does not exist)/i,
    (whom) => ({
      what: `The Databricks CLI has no ${whom.profile === undefined ? `profile ${whose(whom)}` : called(whom)}`,
      advice: `Run databricks auth profiles to see which there are, or make it: ${firstLogin(whom)}.`,
    }),
  ],
  [
    /specify a host/i,
    (whom) => ({
      what: `The Databricks CLI knows no host ${whose(whom)}`,
      advice: `Name another profile with ${namedBy(whom)}, or run ${firstLogin(whom)}.`,
    }),
  ],
  [
    /refresh token is invalid|invalid_grant|OAuth is not configured|no cached cred|credentials from older CLI versions/i,
    notLoggedIn,
  ],
  [
    /x509:|certificate/i,
    (whom) => ({
      what: `The Databricks CLI does not trust the certificate that it met ${whose(whom)}`,
      advice: `Have this system trust its authority; ${commandLine(whom)} does the same.`,
    }),
  ],
  [
    /dial tcp|i\/o timeout|no such host|connection (refused|reset)|network is unreachable|handshake timeout/i,
    (whom) => ({
      what: `The Databricks CLI did not reach the workspace to renew its login ${whose(whom)}`,
      advice: `Check the network and the proxy; ${commandLine(whom)} does the same.`,
      retryable: true,
    }),
  ],
  [
    // Whatever the reason, the CLI goes on: "Try logging in again with …".
    /token refresh:/i,
    (whom) => ({
      what: `The Databricks CLI could not renew its login ${whose(whom)}`,
      advice: `Try again; if it lasts, see what ${commandLine(whom)} says.`,
      retryable: true,
    }),
  ],
  [/auth login/i, notLoggedIn],
];

module.exports = { explain, paragraphOf };
