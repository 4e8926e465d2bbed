// Loads env files into this process's environment, as Next.js does: what is set already stays, of two
// files the first one wins, and `$VARIABLE`s in values are replaced. A file that nobody named is not
// believed in everything (default_files.js).
'use strict';

const { parseEnv } = require('node:util');
const { expand, read } = require('./dotenv_file.js');
const { foreseen } = require('./foreseen.js');
const { takenFrom } = require('./default_files.js');
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
 * @property {string} howToTrust the options that name the default files
 * @property {string[]} read the files that were read
 * @property {{ file: string, name: string, line: number }[]} unread lines that only a shell would understand
 *
 * @param {string[]} [named] must be there; the default ones need not
 * @param {readonly string[]} [without] variables that do not count, whatever they say
 * @returns {Promise<Loaded>}
 */
async function loadEnvFiles(named, without = []) {
  const texts = named === undefined ? await defaultFiles() : await namedFiles(named);
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
    howToTrust: files.map(({ file }) => `--env-file ${file}`).join(' '),
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

/** @param {string} file @param {Variables} values @param {Loaded} loaded */
function noteShadowed(file, values, { origins, shadowed }) {
  for (const [name, value] of Object.entries(values)) {
    const isSet = process.env[name] !== undefined;
    if (isSet && !origins.has(name) && process.env[name] !== value) shadowed.set(name, file);
  }
}

/**
 * What to tell of what was ignored or not understood: a sentence or two for each file.
 * @param {Loaded} loaded
 */
function remarksOn({ ignored, howToTrust, read, unread }) {
  const notBelieved = ignored.map(
    ({ file, names }) =>
      `${file} sets ${few(names)}: ignored, because the identity does not stand in that file. If that ` +
      `is to count, name the files: ${howToTrust}`,
  );
  const notUnderstood = read.flatMap((file) => {
    const lines = unread.filter((line) => line.file === file);
    const names = few(lines.map(({ name, line }) => `${name} (line ${line})`));
    const what = `${file} sets ${names} as a Windows shell does, which nobody reads.`;
    return lines.length > 0 ? [`${what} Write NAME=value alone.`] : [];
  });
  return [...notBelieved, ...notUnderstood];
}

/** @param {string[]} names */
function few(names) {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${names.slice(0, MOST_NAMES).join(', ')}${more}`;
}

/**
 * What the files have to do with an error of the package, which knows of none.
 * @param {Loaded} loaded
 * @param {{ code?: string, message: string }} error
 */
function aboutFiles({ read, origins }, { code, message }) {
  if (code === 'ERR_LAKEBASE_CONFIG_INVALID') {
    const [, file] = [...origins].find(([name]) => message.startsWith(`${name} `)) ?? [];
    return file ? `It is set in ${file}.` : '';
  }
  if (code !== 'ERR_LAKEBASE_CONFIG_MISSING') return '';
  return read.length === 0
    ? `Neither ${DEFAULT_FILES.join(' nor ')} is in this folder: run it where they are, or name a file ` +
        'with --env-file.'
    : `What is missing can be set in ${read.join(' or ')} too.`;
}

/**
 * @param {Loaded} loaded
 * @returns {(error: Error & { code?: string }) => never}
 */
function withFiles(loaded) {
  return (error) => {
    error.message = `${error.message} ${aboutFiles(loaded, error)}`.trim();
    throw error;
  };
}

/** @param {string} what @param {Pick<Loaded, 'howToTrust'>} loaded */
function untrusted(what, { howToTrust }) {
  return foreseen(
    'ENV_FILE_UNTRUSTED',
    `${what}, and the identity does not stand in that file. If that is right, name the files: ` +
      howToTrust,
  );
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

async function defaultFiles() {
  const files = [];
  for (const file of DEFAULT_FILES) {
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

const DEFAULT_FILES = ['.env.local', '.env'];
const MOST_NAMES = 8;

module.exports = { ENV_FILE, aboutFiles, loadEnvFiles, remarksOn, untrusted, withFiles };
