// Makes a fresh clone ready to test and run: installs the dependencies and builds the native addon,
// each only if it is missing or out of date. Uses nothing but Node, because nothing is there yet.
'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { buildIsDue, requireCargo } = require('./prepare.js');

function main() {
  const isBuilding = buildIsDue();
  if (isBuilding) {
    try {
      requireCargo();
    } catch (error) {
      fail(/** @type {Error} */ (error).message);
    }
  }
  if (dependenciesAreDue()) {
    const build = isBuilding ? ' and building the native addon, which takes a minute or two' : '';
    // With the development ones even where NODE_ENV=production leaves them out.
    step(`Installing the dependencies${build}`, ['ci', '--include=dev']);
  }
  if (buildIsDue()) {
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

/**
 * @param {string} lockfile
 * @returns {Record<string, { version: string, optional?: boolean, devOptional?: boolean }>}
 */
function packagesIn(lockfile) {
  const file = path.join(ROOT, lockfile);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

/**
 * Runs npm. On a terminal it shows its output, otherwise only if it fails.
 * @param {string} what
 * @param {string[]} npmArguments
 */
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

/** @param {string[]} npmArguments @param {boolean} watched */
function npm(npmArguments, watched) {
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = { cwd: ROOT, stdio: watched ? 'inherit' : 'pipe', maxBuffer: Infinity };
  // The npm that runs this script, if one does: it need not be on PATH, and on Windows is no program.
  const { npm_execpath: running } = process.env;
  return running?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [running, ...npmArguments], options)
    : spawnSync('npm', npmArguments, { ...options, shell: process.platform === 'win32' });
}

/** @param {string} message */
function fail(message, exitCode = 1) {
  console.error(message);
  process.exit(exitCode);
}

const ROOT = path.join(__dirname, '..');

main();
