// What `init` changes in an env file: shown first, then written in one step.
'use strict';

const { assign, read } = require('../dotenv_file.js');
const { foreign } = require('../../foreign_text.js');
const { shownValue } = require('../shown_value.js');
const { STRICT_SSL_MODES } = require('../database_urls.js');
const { paints } = require('../terminal.js');

/**
 * @typedef {{ [name in import('../shown_value.js').Name]?: string }} Variables
 *
 * @typedef {object} Change
 * @property {import('../shown_value.js').Name} name
 * @property {string} value
 * @property {string | undefined} before
 */

/**
 * Every variable, also one that stays as it is.
 * @param {string} text of the file
 * @param {Variables} variables
 * @returns {Change[]}
 */
function changesOf(text, variables) {
  const before = read(text);
  return Object.entries(variables).map(([name, value]) => {
    const had = Object.hasOwn(before, name) ? before[name] : undefined;
    // Whatever is as strict stays.
    const isStrict = name === 'PGSSLMODE' && STRICT_SSL_MODES.has(had ?? '');
    const known = /** @type {Change['name']} */ (name);
    return { name: known, value: isStrict && had ? had : value, before: had };
  });
}

/** @param {string} text of the file @param {Change[]} changes */
function applied(text, changes) {
  return changes.reduce((done, { name, value }) => assign(done, name, value).text, text);
}

/** @param {string} file @param {Change[]} changes */
function shown(file, changes) {
  const { bold, dim, green, yellow } = paints(process.stderr);
  const lines = changes.map(({ name, value, before }) => {
    const line = `${name}=${foreign(value)}`;
    if (before === value) return dim(`    ${line}  is there already`);
    if (before === undefined) return `  ${green('+')} ${line}`;
    const old = before === '' ? '' : dim(`  in place of ${shownValue(name, { [name]: before })}`);
    return `  ${yellow('~')} ${line}${old}`;
  });
  return [bold(foreign(file)), ...lines].join('\n');
}

/**
 * What an app will see otherwise than the file says it.
 * @param {Change[]} changes
 * @param {NodeJS.ProcessEnv} env of the shell
 */
function notes(changes, env) {
  const others = changes.filter(({ name, value }) => env[name] && env[name] !== value);
  const inShell = others.map(
    ({ name }) => `${name} is set in this shell too, and goes before the file there.`,
  );
  const profile = changes.find(({ name }) => name === 'DATABRICKS_CONFIG_PROFILE')?.value;
  const found = Object.fromEntries(changes.map(({ name, value }) => [name, value]));
  // What the files may say of it stands in this process's environment.
  const set = require('../../native.js').inspect({ ...process.env, ...found, ...env });
  const isOther = profile !== undefined && !set.error && set.profile?.name !== profile;
  const first = isOther ? [`${set.from.identity} goes before the profile. Unset it.`] : [];
  return [...inShell, ...first];
}

module.exports = { applied, changesOf, notes, shown };
