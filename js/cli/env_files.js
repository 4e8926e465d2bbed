// Loads env files into this process's environment, as Next.js does: what is set already stays, of two
// files the first one wins, and `$VARIABLE`s in values are replaced. A file that nobody named is not
// believed in everything (default_files.js).
'use strict';

const { parseEnv } = require('node:util');
const { expand, read } = require('./dotenv_file.js');
const { foreseen } = require('./foreseen.js');
const { DEFAULT_FILES, takenFrom } = require('./default_files.js');
const { howToTrust, untrusted } = require('./env_file_remarks.js');
const { shellLines } = require('./shell_lines.js');
const { readTextFile } = require('./text_file.js');

/**
 * The option of every command that loads them.
 * @satisfies {import('./usage.js').Option}
 */
const ENV_FILE = {
  value: 'FILE',
  multiple: /** @type {const} */ (true),
  text: 'read variables from FILE; may be repeated; default .env.local, then .env',
};

/**
 * @typedef {Record<string, string>} Variables
 * @typedef {Partial<import('./default_files.js').Taken> & { own: Variables }} Taken
 *
 * @typedef {object} Loaded
 * @property {Map<string, string>} origins the variables that were set, each with its file
 * @property {Map<string, string>} shadowed those left alone although a file says otherwise
 * @property {Record<string, string>} passedOn variables for the command of `exec` alone
 * @property {{ file: string, names: string[] }[]} ignored what default files may not say
 * @property {{ file: string, name: string }[]} elsewhere variables in `passedOn` that would lead a
 *   Postgres token elsewhere
 * @property {string} howToTrust what to do if files are to be believed in all
 * @property {string[]} read the files that were read
 * @property {{ file: string, name: string, line: number }[]} unread lines that only a shell would understand
 *
 * What is known of files that nobody named.
 * @typedef {object} Judged
 * @property {readonly string[]} [files] instead of the default ones; no option names them
 * @property {readonly string[]} [without] variables that do not count, whatever they say
 * @property {{ file: string, variables: Variables }} [written] by this program: these count in that file
 *
 * @param {string[]} [named] must be there; others need not
 * @param {Judged} [judged]
 * @returns {Promise<Loaded>}
 */
async function loadEnvFiles(named, { files: others, without = [], written } = {}) {
  const texts =
    named === undefined ? await filesIfThere(others ?? DEFAULT_FILES) : await namedFiles(named);
  const files = texts.map(({ file, text }) => {
    const all = Object.entries(read(text));
    const variables = Object.fromEntries(all.filter(([name]) => !without.includes(name)));
    return { file, text, variables };
  });
  /** @type {Loaded} */
  const loaded = {
    origins: new Map(),
    shadowed: new Map(),
    passedOn: {},
    ignored: [],
    elsewhere: [],
    howToTrust: howToTrust(others ? [] : files),
    read: files.map(({ file }) => file),
    unread: files.flatMap(({ file, text, variables }) =>
      shellLines(text, variables).map((line) => ({ file, ...line })),
    ),
  };
  for (const [index, { file, variables }] of files.entries()) {
    const outer = new Proxy(process.env, {
      get: (env, name) => env[String(name)] ?? loaded.passedOn[String(name)],
    });
    const values = expand(variables, outer);
    noteShadowed(file, values, loaded);
    if (file === written?.file) take(file, { own: common(values, written.variables) }, loaded);
    const later = files.slice(index + 1).map(({ variables }) => variables);
    const taken =
      named === undefined
        ? takenFrom(variables, outer, Object.assign({}, ...later.reverse()))
        : { own: values };
    take(file, taken, loaded);
  }
  return loaded;
}

/** @param {string} file @param {Taken} taken @param {Loaded} loaded */
function take(file, { own, passedOn = {}, ignored = [], refused = [], elsewhere = [] }, loaded) {
  for (const { name, why } of refused) {
    throw untrusted(`${name} in ${file} ${why}`, loaded);
  }
  for (const [name, value] of Object.entries(own)) {
    // An empty variable counts as set: it switches off a line of a file.
    if (process.env[name] === undefined) {
      process.env[name] = value;
      loaded.origins.set(name, file);
    }
  }
  for (const name of Object.keys(passedOn)) loaded.origins.set(name, file);
  Object.assign(loaded.passedOn, passedOn);
  if (ignored.length > 0) loaded.ignored.push({ file, names: ignored });
  loaded.elsewhere.push(...elsewhere.map((name) => ({ file, name })));
}

/** @param {Variables} one @param {Variables} other */
function common(one, other) {
  return Object.fromEntries(Object.entries(one).filter(([name, value]) => other[name] === value));
}

/** @param {string} file @param {Variables} values @param {Loaded} loaded */
function noteShadowed(file, values, { origins, shadowed }) {
  for (const [name, value] of Object.entries(values)) {
    const isSet = process.env[name] !== undefined;
    if (isSet && !origins.has(name) && process.env[name] !== value) shadowed.set(name, file);
  }
}

/** @param {string[]} named */
async function namedFiles(named) {
  const files = [];
  for (const file of named) {
    const found = await readTextFile(file);
    if (found === undefined) {
      throw foreseen('FILE_MISSING', `There is no file ${file}. Check --env-file.`);
    }
    forgetNodesReading(found.text);
    files.push({ file, text: found.text });
  }
  return files;
}

/** @param {readonly string[]} names */
async function filesIfThere(names) {
  const files = [];
  for (const file of names) {
    const found = await readTextFile(file);
    if (found !== undefined) files.push({ file, text: found.text });
  }
  return files;
}

/**
 * Undoes Node's own loading: Node treats an `--env-file` anywhere on the line as its own, loads the file
 * before this program begins, and reads it in its own way (Node 20 to 26).
 *
 * @param {string} text
 */
function forgetNodesReading(text) {
  for (const [name, value] of Object.entries(parseEnv?.(text) ?? {})) {
    if (process.env[name] === value) {
      delete process.env[name];
    }
  }
}

module.exports = { ENV_FILE, loadEnvFiles };
