// Programs that are waited for. Uses nothing but Node, because scripts/setup.js runs where nothing is there yet.
'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');

/**
 * @typedef {import('node:child_process').SpawnSyncOptions} Options
 * @typedef {import('node:child_process').SpawnSyncReturns<string>} Ended
 */

/** Its output is this program's. @type {Options} */
const inSight = { stdio: 'inherit' };

/**
 * What a program printed, unless it was in sight. Throws if it did not end well, with that.
 * @param {string} command
 * @param {string[]} line
 * @param {Options} [options]
 */
function run(command, line, options) {
  return printed(end(command, line, options), `${path.basename(command)} ${line[0]}`);
}

/**
 * The same of npm: the one that runs this program, if one does. It need not be on PATH, and on Windows
 * `npm` alone is no program.
 * @param {string[]} line
 * @param {Options} [options]
 */
function npm(line, options) {
  return printed(tryNpm(line, options), `npm ${line.join(' ')}`);
}

/** @param {string[]} line @param {Options} [options] */
function tryNpm(line, options) {
  const { npm_execpath: running } = process.env;
  return running?.endsWith('npm-cli.js')
    ? end(process.execPath, [running, ...line], options)
    : end('npm', line, { ...options, shell: process.platform === 'win32' });
}

/** @param {string} command @param {string[]} line @param {Options} [options] */
function end(command, line, options) {
  return spawnSync(command, line, { maxBuffer: Infinity, ...options, encoding: 'utf8' });
}

/** @param {Ended} ended @param {string} name */
function printed({ status, signal, error, stdout, stderr }, name) {
  if (status === 0) return stdout;
  const reason = error?.message ?? `it ended with ${signal ?? status}`;
  throw new Error(`${name} did not succeed: ${reason}.\n${stdout ?? ''}${stderr ?? ''}`.trimEnd());
}

module.exports = { inSight, npm, run, tryNpm };
