// Builds the native addon with cargo, for this machine or for another.
'use strict';

const { spawnSync } = require('node:child_process');
const { copyFileSync, mkdirSync, renameSync } = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');

/**
 * The addon that cargo says it made, wherever its target folder is.
 *
 * @param {string} [command] what is called in cargo's place, such as `cargo-zigbuild`
 * @param {string} [target] rustc's name of the platform, this machine's if there is none
 * @param {NodeJS.ProcessEnv} [env]
 */
function buildAddon({ command = 'cargo', target, env = process.env } = {}) {
  const messages = run(
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
    .map((line) => JSON.parse(line))
    .filter(({ reason, target }) => reason === 'compiler-artifact' && target.name === CRATE)
    .flatMap(({ filenames }) => filenames);
  const library = files.find((file) => /\.(so|dylib|dll)$/.test(file));
  if (library === undefined) {
    throw new Error('cargo made no dynamic library.');
  }
  return library;
}

/** Replaced, not overwritten: a process that has the old one loaded goes on with it. */
function replace(file, library) {
  mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(library, `${file}.new`);
  renameSync(`${file}.new`, file);
  console.log(`Built ${path.relative(process.cwd(), file)}`);
}

/** What the command printed. A failure has been told by it: it ends this process. */
function run(command, commandArguments, env) {
  const options = { cwd: ROOT, env, encoding: 'utf8', maxBuffer: Infinity };
  const { status, stdout, error } = spawnSync(command, commandArguments, {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) {
    throw new Error(`${command} could not be started: ${error.message}. Install Rust: rustup.rs`);
  }
  if (status !== 0) {
    process.exit(status ?? 1);
  }
  return stdout;
}

const CRATE = 'lakebase_token';

module.exports = { ROOT, buildAddon, replace };
