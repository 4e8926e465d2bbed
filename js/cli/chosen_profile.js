// Which profile of the Databricks CLI a token is asked of, and whether that is one of the workspace that the
// env file is for. Pure functions.
'use strict';

const { readAddress } = require('./addresses.js');
const { claimsOf } = require('../claims.js');
const { DEFAULT, defaultProfile } = require('./databricks_profiles.js');
const { tokenError } = require('../token_error.js');

/**
 * @typedef {Readonly<Record<string, string | undefined>>} Env
 * @typedef {import('./databricks_profiles.js').Profiles} Profiles
 *
 * @param {object} given
 * @param {string} [given.named] by the option
 * @param {Env} given.env of this process
 * @param {Env} given.variables of the env file
 * @param {Profiles} [given.profiles]
 * @returns {string}
 * @throws {Error} if there is no such profile
 */
function chosenProfile({ named, env, variables, profiles }) {
  const byName = named || env.DATABRICKS_CONFIG_PROFILE || variables.DATABRICKS_CONFIG_PROFILE;
  const profile = byName || defaultProfile(profiles);
  if (profiles === undefined) return profile;
  const found = profiles.all.get(profile);
  // A DEFAULT that nobody named is not there, or empty, after `databricks auth login --profile dev`; the CLI
  // may know the host from the environment.
  const isUnset = !byName && profile === DEFAULT && found?.host === undefined;
  // One that is named may be empty, for the same reason.
  if (isUnset ? env.DATABRICKS_HOST : (found ?? profile === DEFAULT)) return profile;
  throw tokenError(
    'ERR_LAKEBASE_CLI_FAILED',
    `${noProfile(profile, isUnset, profiles)} ${listed(profiles)}`,
  );
}

/** @param {string} profile @param {boolean} isUnset @param {Profiles} profiles */
function noProfile(profile, isUnset, { file, byDefault }) {
  if (isUnset)
    return `${file} has no profile DEFAULT with a host, and names no other as its default.`;
  const isItsOwn = profile === byDefault;
  return `${file} has no profile ${profile}${isItsOwn ? ', which it names as its default' : ''}.`;
}

/** @param {Profiles} profiles */
function listed({ all }) {
  const names = [...all]
    .filter(([name, { host }]) => name !== DEFAULT || host)
    .map(([name]) => name);
  if (names.length === 0) {
    return 'Make one: databricks auth login --profile <name> --host <workspace URL>.';
  }
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `Name one with --profile: ${names.slice(0, MOST_NAMES).join(', ')}${more}.`;
}

/**
 * Why a token of this profile would be of no use, or sent to another workspace.
 * @param {object} given
 * @param {string} given.profile
 * @param {Profiles} [given.profiles]
 * @param {string} given.said such as `DATABRICKS_HOST in .env is`
 * @param {string} [given.host] to which the token is sent
 * @param {string} [given.token] tells its workspace where the profile does not
 * @throws {Error} if it is of another one
 */
function requireSameWorkspace({ profile, profiles, said, host, token }) {
  const wanted = originOf(host);
  const own = originOf(hostOf({ profile, profiles, token }));
  if (wanted === undefined || own === undefined || wanted === own) return;
  const others = [...(profiles?.all ?? [])]
    .filter(([, other]) => originOf(other.host) === wanted)
    .map(([name]) => name);
  const which = others.length > 0 ? ` (${others.slice(0, MOST_NAMES).join(', ')})` : '';
  throw tokenError(
    'ERR_LAKEBASE_CLI_FAILED',
    `Profile ${profile} is of ${own}, but ${said} ${wanted}. Name a profile of that ` +
      `workspace with --profile${which}, or set DATABRICKS_HOST to ${own}.`,
  );
}

/**
 * Of which workspace a token is, as far as anything tells; nothing of what else stands in its URL.
 * @param {{ profile: string, profiles?: Profiles, token?: string }} given
 */
function hostOf({ profile, profiles, token }) {
  for (const url of [profiles?.all.get(profile)?.host, issuerOf(token)]) {
    const address = readAddress(url?.trim() ?? '');
    if (address) return `${address.scheme || 'https://'}${address.authority}`;
  }
  return undefined;
}

/**
 * What two spellings of a workspace have in common; nothing of what else stands in its URL.
 * @param {string} [url]
 */
function originOf(url = '') {
  const address = readAddress(url.trim());
  if (address === undefined) return undefined;
  return address.authority.toLowerCase().replace(/\.?(:443)?$/, '');
}

/**
 * Of an access token that a workspace issued itself; the account's names another host.
 * @param {string} [token]
 */
function issuerOf(token) {
  const { iss } = claimsOf(token);
  return typeof iss === 'string' && /^https:\/\/[^/]+\/oidc\/?$/.test(iss) ? iss : undefined;
}

const MOST_NAMES = 8;

module.exports = { chosenProfile, hostOf, requireSameWorkspace };
