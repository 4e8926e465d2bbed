// Makes a fresh clone ready to test and run: installs the dependencies and builds the native addon,
// each only if it is missing or out of date. Uses nothing but Node, because nothing is there yet.
'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, readFileSync, statSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');

function main() {
  if (dependenciesAreDue()) {
    // With the development ones even where NODE_ENV=production leaves them out.
    step('Installing the dependencies', ['ci', '--include=dev']);
  }
  if (buildIsDue()) {
    requireCargo();
    step('Building the native addon, which takes a minute or two', ['run', 'build']);
  }
}

/** By content, not by time: a copy of the folder may have changed every time in it. */
function dependenciesAreDue() {
  const wanted = packagesIn('package-lock.json');
  const installed = packagesIn('node_modules/.package-lock.json');
  return Object.entries(wanted).some(([folder, { version, optional, devOptional }]) => {
    if (folder === '') return false;
    const present = installed[folder];
    // An optional one may be for another platform.
    return present ? present.version !== version : !(optional || devOptional);
  });
}

function packagesIn(lockfile) {
  const file = path.join(ROOT, lockfile);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

function buildIsDue() {
  const sources = ['Cargo.toml', 'Cargo.lock', 'build.rs', ...filesIn('src')];
  return Math.max(...addons().map(modifiedAt), NEVER) < Math.max(...sources.map(modifiedAt));
}

/** The addons that this platform may load: others may lie beside them, built for a release. */
function addons() {
  const beginning = `lakebase-token.${process.platform}-${process.arch}`;
  const names = readdirSync(ROOT);
  return names.filter((name) => name.startsWith(beginning) && name.endsWith('.node'));
}

function filesIn(folder) {
  const entries = readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath ?? entry.path, entry.name)));
}

function modifiedAt(file) {
  return statSync(path.join(ROOT, file), { throwIfNoEntry: false })?.mtimeMs ?? NEVER;
}

function requireCargo() {
  // Where rustup puts it; a shell that was open before does not know yet.
  const rustup = path.join(homedir(), '.cargo', 'bin');
  if (existsSync(rustup)) {
    process.env.PATH = `${process.env.PATH}${path.delimiter}${rustup}`;
  }
  if (spawnSync('cargo', ['--version']).status !== 0) {
    fail(
      'The native addon has to be built, and there is no cargo to build it with. ' +
        'Install Rust (https://rustup.rs) and run this again.',
    );
  }
}

/** Runs npm: watched on a terminal, otherwise heard of only if it fails. */
function step(what, npmArguments) {
  console.log(`${what} (npm ${npmArguments.join(' ')}) ...`);
  const startedAt = Date.now();
  const { status, stdout, stderr, error } = npm(npmArguments, process.stdout.isTTY);
  if (status !== 0) {
    process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
    const reason = error?.message ?? `it ended with ${status ?? 'a signal'}`;
    fail(`npm ${npmArguments.join(' ')} did not succeed: ${reason}.`, status ?? 1);
  }
  console.log(`Done in ${((Date.now() - startedAt) / 1000).toFixed(0)} s.`);
}

function npm(npmArguments, watched) {
  const options = { cwd: ROOT, stdio: watched ? 'inherit' : 'pipe', maxBuffer: Infinity };
  // The npm that runs this script, if one does: it need not be on PATH, and on Windows is no program.
  const { npm_execpath: running } = process.env;
  return running?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [running, ...npmArguments], options)
    : spawnSync('npm', npmArguments, { ...options, shell: process.platform === 'win32' });
}

function fail(message, exitCode = 1) {
  console.error(message);
  process.exit(exitCode);
}

const ROOT = path.join(__dirname, '..');
const NEVER = -Infinity;

main();
