// The profiles of the Databricks CLI, as far as it takes to choose one: their names, their hosts, whether
// one holds a token, and which is the default. The core reads the file, as the CLI does.
'use strict';

/**
 * @typedef {Readonly<Record<string, string | undefined>>} Env
 * @typedef {{ host?: string, hasToken: boolean }} Profile
 *
 * @typedef {object} Profiles
 * @property {string} file as it may be called
 * @property {Map<string, Profile>} all
 * @property {string} [byDefault] what the file says is its default
 *
 * @param {Env} env
 * @returns {Profiles | undefined} undefined: there is no file that can be read; the CLI says what is wrong with it
 */
function readProfiles(env) {
  const found = require('../native.js').tools().profiles(env);
  if (found === undefined) return undefined;
  const all = new Map(found.profiles.map(({ name, ...profile }) => [name, profile]));
  return { file: found.file, byDefault: found.byDefault, all };
}

/**
 * The profile that nobody named: a DEFAULT that can be used, as ever; else the one that the file names.
 * @param {Profiles | undefined} profiles
 */
function defaultProfile(profiles) {
  const hasHost = profiles?.all.get(DEFAULT)?.host !== undefined;
  return hasHost ? DEFAULT : (profiles?.byDefault ?? DEFAULT);
}

const DEFAULT = 'DEFAULT';

module.exports = { DEFAULT, defaultProfile, readProfiles };
