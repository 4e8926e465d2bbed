// Which program the Databricks CLI is. Nothing is run to find out: a small file may be a shim of a package
// manager, and what is not the CLI tells by what it says.
'use strict';

const path = process.getBuiltinModule?.('node:path') ?? require('node:path');
const { asProgram, endingsOf, onPath, variable } = require('../programs.js');

/**
 * `code` is Node's, or `RELATIVE`; `named` is what DATABRICKS_CLI_PATH says.
 * @typedef {{ file?: string, code?: string, named?: string }} Program
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [platform]
 * @param {string[]} [elsewhere] folders to look into after PATH
 * @returns {Program}
 */
function cliProgram(env, platform = process.platform, elsewhere = ELSEWHERE) {
  // Otherwise it could not look either, and would find nothing.
  if (process.permission?.has('child') === false) return { code: 'ERR_ACCESS_DENIED' };
  const named = variable('DATABRICKS_CLI_PATH', env, platform);
  if (named) {
    return path.isAbsolute(named) ? { ...asProgram(named), named } : { code: 'RELATIVE', named };
  }
  const searched = variable('PATH', env, platform) ?? '';
  const more = platform === 'win32' ? [] : elsewhere;
  const found = onPath('databricks', [searched, ...more].join(path.delimiter), endingsOf(platform));
  // A program that may not be looked at seems not to be there.
  const isBlind = process.permission?.has('fs.read') === false;
  return found.code === 'ENOENT' && isBlind ? { code: 'ERR_ACCESS_DENIED' } : found;
}

/** Where Homebrew and the installer put it: what the desktop of macOS starts has a PATH without them. */
const ELSEWHERE = ['/opt/homebrew/bin', '/usr/local/bin'];

module.exports = { ELSEWHERE, cliProgram };
