// What is told of env files: what was ignored in them, what nobody reads, and what they have to do with an error.
'use strict';

const { DEFAULT_FILES } = require('./default_files.js');
const { foreseen } = require('./foreseen.js');

/**
 * @typedef {import('./env_files.js').Loaded} Loaded
 *
 * What to do if files are to be believed in all.
 * @param {{ file: string }[]} files that an option can name
 */
function howToTrust(files) {
  if (files.length === 0) return 'set it in this shell.';
  return `name the files: ${files.map(({ file }) => `--env-file ${file}`).join(' ')}`;
}

/**
 * What to tell of what was ignored or not understood: a sentence or two for each file.
 * @param {Loaded} loaded
 */
function remarksOn({ ignored, howToTrust, read, unread }) {
  const notBelieved = ignored.map(
    ({ file, names }) =>
      `${file} sets ${few(names)}: ignored, because the identity does not stand in that file. If that ` +
      `is to count, ${howToTrust}`,
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
    `${what}, and the identity does not stand in that file. If that is right, ${howToTrust}`,
  );
}

const MOST_NAMES = 8;

module.exports = { aboutFiles, howToTrust, remarksOn, untrusted, withFiles };
