// Whom `refresh-env` asks for a token: which profile of the Databricks CLI, and of which workspace it has to be.
'use strict';

const path = require('node:path');
const { chosenProfile, hostOf, requireSameWorkspace } = require('./chosen_profile.js');
const { readProfiles } = require('./databricks_profiles.js');
const { expand, read } = require('./dotenv_file.js');
const { readTextFile } = require('./text_file.js');

/**
 * @typedef {object} Source
 * @property {string} profile
 * @property {boolean} holdsToken whether the profile has a personal access token
 * @property {(token: string) => void} requireToFit throws for a token of another workspace
 * @property {(token: string) => string | undefined} lackedHost what `DATABRICKS_HOST` would be, where no file names one
 * @property {string} [host] of the profile, where no file and no variable names one: a token alone is none's
 *
 * @typedef {object} Place where variables are set
 * @property {string} where
 * @property {Readonly<Record<string, string | undefined>>} variables
 * @property {boolean} hasHost
 *
 * As the file and the CLI's own say it now: both may change while they are watched.
 *
 * @param {{ file: string, name: string, named?: string }} request `named`: a profile
 * @param {{ text: string, isNew?: boolean }} envFile
 * @returns {Promise<Source>}
 */
async function sourceOf({ file, name, named }, envFile) {
  const { env } = process;
  const own = placeOf(file, envFile);
  const profiles = readProfiles(env);
  const profile = chosenProfile({ named, env, variables: own.variables, profiles });
  const { hasToken = false, host } = profiles?.all.get(profile) ?? {};
  const files = [own, ...(await besides(file))];
  // Of a variable with another name nobody knows whose host goes with it.
  const isWhole = name !== 'DATABRICKS_TOKEN' || files.some(({ hasHost }) => hasHost);
  const added = envFile.isNew && !isWhole && !env.DATABRICKS_HOST ? host : undefined;
  const shell = { where: 'this shell', variables: env, hasHost: Boolean(env.DATABRICKS_HOST) };
  const place = placeIn(files, profiles) ?? placeIn([shell], profiles);
  const isChecked = name === 'DATABRICKS_TOKEN' && added === undefined;
  const requireToFit = (/** @type {string | undefined} */ token) => {
    if (isChecked && place) requireSameWorkspace({ ...place, profile, profiles, token });
  };
  // Before the CLI is run, where its profile tells.
  requireToFit(undefined);
  const lackedHost = (/** @type {string} */ token) =>
    isWhole || added ? undefined : hostOf({ profile, profiles, token });
  return { profile, holdsToken: hasToken, requireToFit, lackedHost, ...(added && { host: added }) };
}

/**
 * The file that Next.js reads after this one.
 * @param {string} file
 * @returns {Promise<Place[]>}
 */
async function besides(file) {
  if (path.basename(file) !== '.env.local') return [];
  const next = path.join(path.dirname(file), '.env');
  const found = await readTextFile(next).catch(() => undefined);
  return found ? [placeOf(next, found)] : [];
}

/**
 * Where a program that reads these sends the token, and what says so: a host goes before a profile.
 * @param {Place[]} places
 * @param {import('./databricks_profiles.js').Profiles} [profiles]
 * @returns {{ said: string, host?: string } | undefined} without a host if that is not known
 */
function placeIn(places, profiles) {
  const byHost = places.find(({ hasHost }) => hasHost);
  if (byHost) {
    const { where, variables } = byHost;
    return { said: `DATABRICKS_HOST in ${where} is`, host: variables.DATABRICKS_HOST };
  }
  const byProfile = places.find(({ variables }) => variables.DATABRICKS_CONFIG_PROFILE);
  if (byProfile === undefined) return undefined;
  const name = byProfile.variables.DATABRICKS_CONFIG_PROFILE ?? '';
  const said = `profile ${name}, which DATABRICKS_CONFIG_PROFILE in ${byProfile.where} names, is of`;
  return { said, host: profiles?.all.get(name)?.host };
}

/**
 * Its variables are those whose values are the file's alone: what it takes from the environment may be a secret,
 * and ends in messages and in the CLI's command line here. A host may come from the environment, too.
 *
 * @param {string} where
 * @param {{ text: string }} file
 * @returns {Place}
 */
function placeOf(where, { text }) {
  const written = read(text);
  const own = expand(written, {});
  const values = expand(written, process.env);
  const alone = Object.entries(own).filter(([name, value]) => value === values[name]);
  return {
    where,
    variables: Object.fromEntries(alone),
    hasHost: Boolean(values.DATABRICKS_HOST),
  };
}

module.exports = { sourceOf };
