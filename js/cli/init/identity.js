// Who asks: the identity that is set, or a profile of .databrickscfg.
'use strict';

const { createLakebaseTokens } = require('../../index.js');
const { insideOf } = require('../../look_ups.js');
const { defaultProfile, readProfiles } = require('../databricks_profiles.js');
const { note } = require('../note.js');
const { tokenError } = require('../../token_error.js');
const { choose } = require('./choose.js');

/**
 * The profile to name; `undefined` where variables say it without one.
 * @param {string | undefined} named
 * @param {import('./choose.js').Asker} asker
 * @returns {Promise<string | undefined>}
 */
async function chosenIdentity(named, asker) {
  const profiles = readProfiles(process.env);
  const from = [...(profiles?.all ?? [])].filter(([, { host }]) => host !== undefined);
  const told = (/** @type {typeof from[number]} */ [name, { host }]) => ({ name, about: host });
  if (named !== undefined) {
    // One of a file that cannot be read is told of by whoever needs it.
    if (from.length === 0) return named;
    return (await choose({ what: 'profile', from, told, named }, asker))[0];
  }
  const set = insideOf(createLakebaseTokens({ endpoint: ANY }))?.inspect();
  if (set && !set.error) {
    if (set.profile === undefined) return undefined;
    if (process.env.DATABRICKS_CONFIG_PROFILE) return set.profile.name;
  }
  if (!profiles?.all.size && set?.error?.code === MISSING && isNothingSet(process.env)) {
    throw tokenError(MISSING, NOTHING);
  }
  // What it says to set is what is missing here, too.
  if (from.length === 0 && set?.error) throw set.error;
  // Set, and wrong: it may go before what is chosen.
  if (set?.error?.code === 'ERR_LAKEBASE_CONFIG_INVALID') {
    note(set.error.message);
  }
  const usual = defaultProfile(profiles);
  const isUsual = (/** @type {typeof from[number]} */ [name]) => name === usual;
  return (await choose({ what: 'profile', from, told, isUsual }, asker))[0];
}

/**
 * Whether there is not even a part of an identity, which has a message of its own.
 * @param {Readonly<Record<string, string | undefined>>} env
 */
function isNothingSet(env) {
  return !Object.keys(env).some((name) => name.startsWith('DATABRICKS_') && env[name]);
}

const MISSING = 'ERR_LAKEBASE_CONFIG_MISSING';

const NOTHING =
  'There is no profile in ~/.databrickscfg, and no identity is set. Run databricks auth login --host <workspace URL> ' +
  'and this again; or set DATABRICKS_HOST and an identity.';

/** What is set is asked about the identity alone. */
const ANY = 'projects/-/branches/-/endpoints/-';

module.exports = { ANY, chosenIdentity };
