// The profiles of the Databricks CLI, as far as it takes to choose one: their names, their hosts, whether
// one holds a token, and which is the default. No other value of the file is kept.
'use strict';

const { readFileSync, statSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');

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
 * @returns {Profiles | undefined} undefined: there is no file to read
 */
function readProfiles(env) {
  const { DATABRICKS_CONFIG_FILE: named = '' } = env;
  const file = named || DEFAULT_FILE;
  try {
    const place = file.replace(/^~(?=$|[\\/])/, homedir());
    // Of a pipe or a device the end may never come.
    if (!statSync(place).isFile()) return undefined;
    return { file, ...profilesOf(readFileSync(place, 'utf8')) };
  } catch {
    // The CLI says what is wrong with it.
    return undefined;
  }
}

/**
 * https://docs.databricks.com/aws/en/dev-tools/auth/config-profiles; the CLI reads it as gopkg.in/ini.v1.
 * @param {string} text
 * @returns {Omit<Profiles, 'file'>}
 */
function profilesOf(text) {
  /** @type {Map<string, Profile>} */
  const all = new Map();
  let byDefault;
  let section = DEFAULT;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const heading = /^\s*\[([^\]]+)\]/.exec(line)?.[1]?.trim();
    if (heading !== undefined) {
      section = heading;
      if (section !== SETTINGS) noted(all, section);
      continue;
    }
    const [, key = '', value = ''] =
      /^\s*(host|token|default_profile)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (key === 'default_profile' && section === SETTINGS) byDefault = plain(value);
    if (key === 'host' && plain(value)) noted(all, section).host = plain(value);
    if (key === 'token' && plain(value)) noted(all, section).hasToken = true;
  }
  return { all, byDefault: byDefault || undefined };
}

/**
 * @param {Map<string, Profile>} all
 * @param {string} name
 * @returns {Profile}
 */
function noted(all, name) {
  const profile = all.get(name) ?? { hasToken: false };
  all.set(name, profile);
  return profile;
}

/**
 * A value without its comment and its quotes.
 * @param {string} value
 */
function plain(value) {
  return value
    .replace(/\s[#;].*$/, '')
    .trim()
    .replace(/^(["'`])(.*)\1$/, '$2');
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
const SETTINGS = '__settings__';
const DEFAULT_FILE = path.join('~', '.databrickscfg');

module.exports = { DEFAULT, defaultProfile, profilesOf, readProfiles };
