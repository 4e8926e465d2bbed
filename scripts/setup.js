// Makes a fresh clone ready to test and run: installs the dependencies and builds the native addon,
// each only if it is missing or out of date. Uses nothing but Node, because nothing is there yet.
'use strict';

const path = require('node:path');
const { packagesIn } = require('../support/lockfile.js');
const { inSight, npm } = require('../support/run.js');
const { buildIsDue, requireCargo } = require('./prepare.js');
const { ROOT } = require('./root.js');

function main() {
  const isBuilding = buildIsDue();
  if (isBuilding) requireCargo();
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
  main();
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
