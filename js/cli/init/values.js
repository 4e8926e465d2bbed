// The values that go into an env file. They are somebody else's: of the workspace, of a file of profiles.
'use strict';

const { assign } = require('../dotenv_file.js');
const { codeOf, foreseen } = require('../foreseen.js');
const { foreign } = require('../../foreign_text.js');

/**
 * Throws at one that would be more than a value to a terminal, to a shell or to a reader of the file.
 * @param {import('./env_changes.js').Variables} variables
 */
function requireHarmless(variables) {
  for (const [name, value] of Object.entries(variables)) {
    if (UNSEEN.test(value)) throw unwritable(name, value, 'has characters in it that nobody sees');
    try {
      assign('', name, value);
    } catch (error) {
      if (codeOf(error) !== 'VALUE_UNWRITABLE') throw error;
      throw unwritable(name, value, 'cannot be written so that all who read the file get the same');
    }
  }
}

/** @param {string} name @param {string} value @param {string} why */
function unwritable(name, value, why) {
  const option = OPTIONS[name];
  const advice = option ? `Name another with --${option}.` : 'Set it where the app runs.';
  return foreseen(
    'VALUE_UNWRITABLE',
    `${name} would be ${foreign(value)}, which ${why}. ${advice}`,
  );
}

/** @type {Record<string, string>} */
const OPTIONS = {
  DATABRICKS_CONFIG_PROFILE: 'profile',
  LAKEBASE_ENDPOINT: 'endpoint',
  PGUSER: 'user',
  PGDATABASE: 'database',
};

/** Line breaks, other controls, and what turns or hides the text beside it. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

module.exports = { requireHarmless };
