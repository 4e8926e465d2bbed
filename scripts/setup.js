// Makes a fresh clone ready to test and run: installs the dependencies and builds the native addon,
// each only if it is missing or out of date. Uses nothing but Node, because nothing is there yet.
//
//   node scripts/setup.js [FOLDER]      with a FOLDER, such as examples/nextjs, installs what its
//                                       package.json names as well, and this package into it
'use strict';

const { mkdirSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { packagesIn } = require('../support/lockfile.js');
const { inSight, npm } = require('../support/run.js');
const { buildIsDue, requireCargo } = require('./prepare.js');
const { ROOT } = require('./root.js');

const PACKED = path.join(ROOT, 'target', 'setup');

/** @param {string} [folder] */
function main(folder) {
  const isBuilding = buildIsDue();
  if (isBuilding) requireCargo();
  if (dependenciesAreDue()) {
    const build = isBuilding ? ' and building the native addon, which takes some minutes' : '';
    // With the development ones even where NODE_ENV=production leaves them out.
    step(`Installing the dependencies${build}`, ['ci', '--include=dev']);
  }
  if (buildIsDue()) {
    step('Building the native addon, which takes some minutes', ['run', 'build']);
  }
  if (folder !== undefined) setUp(path.resolve(ROOT, folder));
}

/** By content, not by time: a copy of the folder may have changed every time in it. */
function dependenciesAreDue() {
  const wanted = packagesIn(path.join(ROOT, 'package-lock.json'));
  const installed = packagesIn(path.join(ROOT, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).some(([folder, { version, optional, devOptional }]) => {
    if (folder === '') return false;
    const present = installed[folder];
    // An optional one may be for another platform.
    return present ? present.version !== version : !(optional || devOptional);
  });
}

/**
 * Installs into an app that depends on this package as a user's does, of which the registry may have none.
 * @param {string} folder
 */
function setUp(folder) {
  mkdirSync(PACKED, { recursive: true });
  const line = ['pack', '--json', '--ignore-scripts', '--pack-destination', PACKED];
  const [{ filename, integrity }] = JSON.parse(npm(line, { cwd: ROOT }));
  if (isInstalled(folder, integrity)) return;
  // Where the package comes from is not for the app's own files.
  const how = ['--include=dev', '--no-save', '--no-package-lock'];
  step(
    `Installing the dependencies of ${path.relative(ROOT, folder)}`,
    ['install', ...how, path.join(PACKED, filename)],
    folder,
  );
}

/** @param {string} folder @param {string} integrity of this package as it is now */
function isInstalled(folder, integrity) {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const installed = packagesIn(path.join(folder, 'node_modules/.package-lock.json'));
  return Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).every(
    ([name, version]) => {
      const present = installed[`node_modules/${name}`];
      return name === 'lakebase-token'
        ? present?.integrity === integrity
        : present?.version === version;
    },
  );
}

/**
 * Runs npm. On a terminal it shows its output, otherwise only if it fails.
 * @param {string} what
 * @param {string[]} line
 */
function step(what, line, cwd = ROOT) {
  console.log(`${what} (npm ${line.slice(0, 2).join(' ')}) ...`);
  const startedAt = Date.now();
  npm(line, { cwd, ...(process.stdout.isTTY && inSight) });
  console.log(`Done in ${((Date.now() - startedAt) / 1000).toFixed(0)} s.`);
}

try {
  main(process.argv[2]);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
