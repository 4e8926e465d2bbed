// npm's `prepare`: builds the native addon where it is missing or older than its sources. npm runs it
// in a clone and for a dependency on a git repository; never for the published package, which brings
// its binaries along and has no install scripts.
'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, statSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');
const { ROOT } = require('./root.js');

const NEVER = -Infinity;

exports.buildIsDue = function buildIsDue() {
  const sources = ['Cargo.toml', 'Cargo.lock', 'build.rs', ...filesIn('src')];
  return Math.max(...addons().map(modifiedAt), NEVER) < Math.max(...sources.map(modifiedAt));
};

/** Throws where there is no cargo, with what to do. */
exports.requireCargo = function requireCargo() {
  // Where rustup puts it; a shell that was open before does not know yet.
  const rustup = path.join(homedir(), '.cargo', 'bin');
  if (existsSync(rustup)) {
    process.env.PATH = `${process.env.PATH}${path.delimiter}${rustup}`;
  }
  if (spawnSync('cargo', ['--version']).status !== 0) {
    throw new Error(
      'The native addon has to be built, and there is no cargo to build it with. ' +
        'Install Rust (https://rustup.rs) and run this again; npm ci --ignore-scripts does without.',
    );
  }
};

/** The addons that this platform may load: others may lie beside them, built for a release. */
function addons() {
  const beginning = `lakebase-token.${process.platform}-${process.arch}`;
  const names = readdirSync(ROOT);
  return names.filter((name) => name.startsWith(beginning) && name.endsWith('.node'));
}

/** @param {string} folder */
function filesIn(folder) {
  const entries = readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath ?? entry.path, entry.name)));
}

/** @param {string} file */
function modifiedAt(file) {
  return statSync(path.join(ROOT, file), { throwIfNoEntry: false })?.mtimeMs ?? NEVER;
}

function main() {
  if (!exports.buildIsDue()) return;
  try {
    exports.requireCargo();
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exit(1);
  }
  require('./build.js');
}

if (require.main === module) main();
