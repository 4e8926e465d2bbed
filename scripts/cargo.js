// Builds the native addon with cargo, for this machine or for another.
'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { copyFileSync, mkdirSync, renameSync } = require('node:fs');
const path = require('node:path');
const { text } = require('node:stream/consumers');
const { ROOT } = require('./root.js');

/**
 * @typedef {object} Recipe
 * @property {string} [command] what is called in cargo's place, such as `cargo-zigbuild`
 * @property {string} [target] rustc's name of the platform, this machine's if there is none
 * @property {NodeJS.ProcessEnv} [env]
 *
 * The part of cargo's messages that is read here.
 * @typedef {{ reason: string, target: { name: string }, filenames: string[] }} Message
 */

/**
 * Resolves to the addon that cargo says it made, wherever its target folder is.
 * @param {Recipe} [recipe]
 */
async function buildAddon({ command = 'cargo', target, env = process.env } = {}) {
  const messages = await run(
    command,
    [
      // Only the dynamic library: cargo does not optimize across crates while it makes an rlib as well.
      ...['rustc', '--release', '--locked', '--lib', '--crate-type', 'cdylib'],
      ...(target === undefined ? [] : ['--target', target]),
      '--message-format=json-render-diagnostics',
    ],
    env,
  );
  const files = messages
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => /** @type {Message} */ (JSON.parse(line)))
    .filter(({ reason, target }) => reason === 'compiler-artifact' && target.name === CRATE)
    .flatMap(({ filenames }) => filenames);
  const library = files.find((file) => /\.(so|dylib|dll)$/.test(file));
  if (library === undefined) {
    throw new Error('cargo made no dynamic library.');
  }
  return library;
}

/**
 * Replaced, not overwritten: a process that has the old one loaded goes on with it.
 * @param {string} file
 * @param {string} library
 */
function replace(file, library) {
  mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(library, `${file}.new`);
  renameSync(`${file}.new`, file);
  console.log(`Built ${path.relative(process.cwd(), file)}`);
}

/**
 * Resolves to what the command printed. It has printed its own errors.
 * @param {string} command
 * @param {string[]} commandArguments
 * @param {NodeJS.ProcessEnv} env
 */
async function run(command, commandArguments, env) {
  const child = spawn(command, commandArguments, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close').catch(({ message }) => {
    throw new Error(`${command} could not be started: ${message}. Install Rust: rustup.rs`);
  });
  const [printed, [status, signal]] = await Promise.all([text(child.stdout), ended]);
  if (status !== 0) {
    throw new Error(`${command} ended with ${status ?? signal}.`);
  }
  return printed;
}

const CRATE = 'lakebase_token';

module.exports = { buildAddon, replace };
