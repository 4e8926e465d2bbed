// Where a program is, so that none of the current folder is started in its place: Windows looks there before
// PATH, and an empty or relative entry of PATH means it everywhere.
'use strict';

const { accessSync, constants, statSync } =
  process.getBuiltinModule?.('node:fs') ?? require('node:fs');
const path = process.getBuiltinModule?.('node:path') ?? require('node:path');

/**
 * @param {string} name
 * @param {string} [searched] the value of PATH
 * @param {string[]} [endings] of its file; on Windows no script's, which runs in a shell only
 * @returns {{ file?: string, code?: 'ENOENT' | 'EACCES' }} the program's own path, or why there is none
 */
function onPath(name, searched = '', endings = endingsOf(process.platform)) {
  const folders = searched
    .split(path.delimiter)
    .map((folder) => folder.replace(/^"(.*)"$/, '$1'))
    .filter((folder) => path.isAbsolute(folder));
  const files = folders
    .flatMap((folder) => endings.map((ending) => path.join(folder, `${name}${ending}`)))
    .filter(isFile);
  const file = files.find(isExecutable);
  if (file !== undefined) return { file };
  return { code: files.length > 0 ? 'EACCES' : 'ENOENT' };
}

/** @param {string} platform */
function endingsOf(platform) {
  return platform === 'win32' ? ['.exe'] : [''];
}

/**
 * The same of a file that somebody named.
 * @param {string} file
 * @returns {ReturnType<typeof onPath>}
 */
function asProgram(file) {
  if (!isFile(file)) return { code: 'ENOENT' };
  return isExecutable(file) ? { file } : { code: 'EACCES' };
}

/**
 * Of Windows' variables, which have one name for all cases; a worker's own copy of them does not know that.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @param {string} platform
 */
function variable(name, env, platform) {
  if (platform !== 'win32' || env[name] !== undefined) return env[name];
  return Object.entries(env).find(([other]) => other.toUpperCase() === name)?.[1];
}

/** @param {string} file */
function isFile(file) {
  try {
    return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // Below a file, say, or in a folder that is not ours to enter.
    return false;
  }
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

module.exports = { asProgram, endingsOf, onPath, variable };
