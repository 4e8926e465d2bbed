// Of whom the Databricks CLI is asked for a token: how that is called, and the commands a user would run.
'use strict';

const { foreign } = require('../foreign_text.js');

/**
 * @typedef {object} Whom
 * @property {string} [profile] exactly one of this and `host` is there
 * @property {string} [host] a workspace's origin, with `https://`
 * @property {boolean} [holdsToken] whether the profile has a personal access token, which the CLI does not
 *   print
 * @property {string} [namedBy] what its user names a profile with; default DATABRICKS_CONFIG_PROFILE
 */

/**
 * `profile dev`, or the host.
 * @param {Whom} whom
 */
function called({ profile, host }) {
  return profile === undefined ? foreign(host) : `profile ${foreign(profile)}`;
}

/**
 * `for profile dev`, or `for` the host.
 * @param {Whom} whom
 */
function whose(whom) {
  return `for ${called(whom)}`;
}

/** @param {Whom} whom */
function commandLine(whom) {
  return `databricks auth token ${flag(whom)}`;
}

/** @param {Whom} whom */
function login(whom) {
  return `databricks auth login ${flag(whom)}`;
}

/**
 * The login that makes the profile too.
 * @param {Whom} whom
 */
function firstLogin(whom) {
  return whom.profile === undefined ? login(whom) : `${login(whom)} --host <workspace URL>`;
}

/** @param {Whom} whom */
function flag({ profile, host }) {
  return profile === undefined ? `--host ${forShell(host)}` : `--profile ${forShell(profile)}`;
}

/** @param {string | undefined} text */
function forShell(text) {
  const word = foreign(text);
  return /^[\w.@:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

const INSTALL = 'https://docs.databricks.com/dev-tools/cli/install';

module.exports = { INSTALL, called, commandLine, firstLogin, login, whose };
