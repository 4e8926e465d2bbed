// How a command is started on Windows. What npm installs as one is a script there, such as drizzle-kit.cmd,
// which cmd.exe alone runs, and cmd.exe reads a line of its own. The quoting is that of cross-spawn.
'use strict';

const path = require('node:path');
const { asProgram, onPath, variable } = require('../programs.js');

/**
 * What `spawn` takes.
 * @typedef {{ file: string, line: string[], options: { windowsVerbatimArguments?: boolean } }} Start
 *
 * @param {string} command
 * @param {string[]} line
 * @param {Record<string, string | undefined>} env of the command
 * @returns {Start}
 */
function onWindows(command, line, env) {
  const file = found(command, env);
  if (file === undefined || !/\.(cmd|bat)$/i.test(file)) {
    return { file: file ?? command, line, options: {} };
  }
  // It passes its arguments on to a program, through another line that cmd.exe reads.
  const isShim = /node_modules[\\/]\.bin[\\/][^\\/]+\.cmd$/i.test(file);
  const words = [escaped(file), ...line.map((word) => quoted(word, isShim))];
  return {
    file: variable('COMSPEC', env, 'win32') ?? 'cmd.exe',
    line: ['/d', '/s', '/c', `"${words.join(' ')}"`],
    options: { windowsVerbatimArguments: true },
  };
}

/** @param {string} command @param {Record<string, string | undefined>} env */
function found(command, env) {
  if (!/[\\/]/.test(command))
    return onPath(command, variable('PATH', env, 'win32'), endings(command)).file;
  const named = endings(command).map((ending) => path.resolve(`${command}${ending}`));
  return named.find((file) => asProgram(file).file !== undefined);
}

/** In the order in which Windows tries them. @param {string} command */
function endings(command) {
  return PROGRAMS.test(command) ? [''] : ['.com', '.exe', '.bat', '.cmd'];
}

const PROGRAMS = /\.(com|exe|bat|cmd)$/i;

/**
 * As the program takes it apart again, and then as cmd.exe does.
 * @param {string} word
 * @param {boolean} isTwice
 */
function quoted(word, isTwice) {
  const backslashed = word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1');
  const once = escaped(`"${backslashed}"`);
  return isTwice ? escaped(once) : once;
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[()\][%!^"`<>&|;, *?]/g, '^$&');
}

module.exports = { onWindows };
