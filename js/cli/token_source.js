// Whom `refresh-env` asks for a token: which profile of the Databricks CLI, and of which workspace it has to be.
'use strict';

const path = require('node:path');
const { chosenProfile, requireSameWorkspace } = require('./chosen_profile.js');
const { readProfiles } = require('./databricks_profiles.js');
const { expand, read } = require('./dotenv_file.js');
const { readTextFile } = require('./text_file.js');

/**
 * @typedef {object} Source
 * @property {string} profile
 * @property {boolean} holdsToken whether the profile has a personal access token
 * @property {(token: string) => void} requireToFit throws for a token of another workspace
 * @property {string} [host] of the profile, where no file and no variable names one: a token alone is none's
 *
 * As the file and the CLI's own say it now: both may change while they are watched.
 *
 * @param {{ file: string, name: string, named?: string }} request `named`: a profile
 * @param {{ text: string }} envFile
 * @returns {Promise<Source>}
 */
async function sourceOf({ file, name, named }, envFile) {
  const { env } = process;
  const variables = variablesOf(envFile);
  const profiles = readProfiles(env);
  const profile = chosenProfile({ named, env, variables, profiles });
  // Of a variable with another name nobody knows whose host goes with it.
  const place = name === 'DATABRICKS_TOKEN' ? await placeOfHost(file, variables) : undefined;
  const requireToFit = (/** @type {string | undefined} */ token) => {
    if (place !== undefined) requireSameWorkspace({ ...place, profile, profiles, token });
  };
  // Before the CLI is run, where its profile tells.
  requireToFit(undefined);
  const { hasToken = false, host } = profiles?.all.get(profile) ?? {};
  const isMissing = name === 'DATABRICKS_TOKEN' && !place?.host && !env.DATABRICKS_HOST;
  return { profile, holdsToken: hasToken, requireToFit, ...(isMissing && { host }) };
}

/**
 * The file that says which workspace the token is for: this one, or the one that Next.js reads after it.
 * @param {string} file
 * @param {Record<string, string>} variables of that file
 */
async function placeOfHost(file, variables) {
  if (variables.DATABRICKS_HOST) return { file, host: variables.DATABRICKS_HOST };
  if (path.basename(file) !== '.env.local') return undefined;
  const next = path.join(path.dirname(file), '.env');
  const found = await readTextFile(next).catch(() => undefined);
  return found && { file: next, host: variablesOf(found).DATABRICKS_HOST };
}

/**
 * Those whose values are the file's alone: what it takes from the environment may be a secret, and ends in
 * messages and in the CLI's command line here.
 *
 * @param {{ text: string }} file
 */
function variablesOf({ text }) {
  const written = read(text);
  const own = expand(written, {});
  const values = expand(written, process.env);
  return Object.fromEntries(Object.entries(own).filter(([name, value]) => value === values[name]));
}

module.exports = { sourceOf };
