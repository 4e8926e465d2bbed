// The file: shown first, then written, if whoever is asked agrees.
'use strict';

const { foreign } = require('../../foreign_text.js');
const { note } = require('../note.js');
const { readOrNew, replaceTextFile } = require('../text_file.js');
const { UsageError } = require('../usage.js');
const { applied, changesOf, notes, shown } = require('./env_changes.js');

/**
 * @typedef {object} Wanted
 * @property {string} file
 * @property {import('./env_changes.js').Variables} variables
 * @property {NodeJS.ProcessEnv} env of the shell
 *
 * Whether the file says it now.
 * @param {Wanted} wanted
 * @param {{ yes?: boolean }} how
 * @param {import('./choose.js').Asker} asker
 * @returns {Promise<boolean>}
 */
async function written(wanted, how, asker) {
  const { file, variables, env } = wanted;
  const { text } = await readOrNew(file);
  const changes = changesOf(text, variables);
  console.error(`\n${shown(file, changes)}\n`);
  for (const text of notes(changes, env)) note(text);
  if (applied(text, changes) === text) {
    console.error(`${foreign(file)} says all of it already.`);
    return true;
  }
  if (!(await isAgreed(file, how, asker))) return false;
  // Somebody may have edited it meanwhile. What is not shown is kept, and what is shown has to be still so.
  const now = await readOrNew(file);
  if (JSON.stringify(changesOf(now.text, variables)) !== JSON.stringify(changes)) {
    console.error(`${foreign(file)} is another one now.`);
    return written(wanted, how, asker);
  }
  // Nothing is cancelled from here on.
  asker?.end();
  await replaceTextFile({ ...now, text: applied(now.text, changes) });
  console.error(`Wrote ${foreign(file)}.`);
  return true;
}

/**
 * @param {string} file
 * @param {{ yes?: boolean }} how
 * @param {import('./choose.js').Asker} asker
 */
async function isAgreed(file, { yes = false }, asker) {
  if (yes) return true;
  if (asker === undefined) throw new UsageError('Nothing was written. Add --yes to write it.');
  const isYes = await asker.isYes(`Write ${foreign(file)}?`);
  if (!isYes) console.error('Nothing was written.');
  return isYes;
}

module.exports = { written };
