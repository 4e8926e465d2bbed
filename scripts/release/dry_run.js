// `npm run release:dry-run -- [TARGET...]`: a release without its publication, of this machine's target
// and of those named: built, checked, packed, summed up, described, installed and run. What is in dist/
// of an earlier one goes. `all` is every target that can be built here, with clippy for every target and
// the tests where they are no part of .ci/run. Ends with a table of what was seen of which.
'use strict';

const { existsSync, readdirSync, readFileSync, rmSync } = require('node:fs');
const path = require('node:path');
const { scripts } = require('../../package.json');
const { DIST } = require('../../support/dist.js');
const { inSight, npm, run } = require('../../support/run.js');
const { isRunHere } = require('../cross/nodes.js');
const { ROOT } = require('../root.js');
const { hostTarget, targets } = require('../targets.js');
const { lint } = require('./lint.js');
const { smoke } = require('./smoke.js');
const { suite } = require('./suite.js');

/**
 * Seconds, of one target: `clippy`, `built`, the parts of smoke_program.js, `suite`.
 * @typedef {Record<string, number>} Row
 */

/** @type {Record<string, Row>} */
const table = Object.fromEntries(targets.map(({ name }) => [name, {}]));

/** @param {string[]} others */
function main(others) {
  const isAll = others[0] === 'all';
  const named = isAll ? targets.map(({ name }) => name).filter(isRunHere) : others;
  const built = [...new Set([hostTarget(), ...named])];
  step('The workflows name what there is', workflowsFit);
  step('One version', () => node('release/check_version.js'));
  for (const name of existsSync(DIST) ? readdirSync(DIST).filter(isMade) : []) {
    rmSync(path.join(DIST, name), { recursive: true });
  }
  for (const name of built) measured(name, 'built', () => node('release/build.js', name));
  step('They are fit for a release', () => node('release/check_binary.js'));
  step('Packages', () => node('pack.js'));
  // Before anything else runs that could change them.
  step('Checksums', () => node('release/checksums.js'));
  step('What they are made of', () => node('release/sbom.js'));
  for (const name of built) step(`Installed and used: ${name}`, () => tried(name));
  step('npm would publish them', () => node('release/publish.js', '--dry-run'));
  if (isAll) examined();
  step('They are what was summed up', () =>
    run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: DIST, ...inSight }),
  );
}

/** What takes too long for every change. */
function examined() {
  for (const { name } of targets) measured(name, 'clippy', () => lint(name));
  step('In containers', () => npm(['run', 'check'], { cwd: CONTAINERS, ...inSight }));
  for (const name of SUITES) measured(name, 'suite', () => suite(name));
}

/** @param {string} name @param {string} part @param {() => void} act */
function measured(name, part, act) {
  note(name, part, step(`${name}: ${part}`, act));
}

/** @param {string} name of a target */
function tried(name) {
  for (const [part, milliseconds] of Object.entries(smoke(name))) {
    note(name, part, milliseconds / 1_000);
  }
}

/** @param {string} name @param {string} part @param {number} seconds */
function note(name, part, seconds) {
  Object.assign(table[name] ?? {}, { [part]: Number(seconds.toFixed(2)) });
}

/** Whether it is an earlier run's: the folder need not be ours alone. @param {string} name */
function isMade(name) {
  return /^(binaries|stage|SHA256SUMS)$|\.(tgz|cdx\.json)$/.test(name);
}

/** They cannot be run here; what they name can be looked up. */
function workflowsFit() {
  const folder = path.join(ROOT, '.github', 'workflows');
  const files = readdirSync(folder).map((name) => path.join(folder, name));
  const text = files.map((file) => readFileSync(file, 'utf8')).join('');
  for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g)) {
    if (!Object.hasOwn(scripts, name)) {
      throw new Error(`A workflow runs ${name}, which is no script.`);
    }
  }
  for (const { name } of targets) {
    // Built, and installed.
    if (text.split(`{ target: ${name}, `).length < 3) {
      throw new Error(`The workflows do not both build and install ${name}.`);
    }
  }
}

/**
 * The seconds it took.
 * @param {string} name
 * @param {() => void} act
 */
function step(name, act) {
  console.log(`\n-- ${name}`);
  const startedAt = Date.now();
  act();
  const seconds = (Date.now() - startedAt) / 1_000;
  console.log(`   ${seconds.toFixed(1)} s`);
  return seconds;
}

/** @param {string} script @param {string[]} scriptArguments */
function node(script, ...scriptArguments) {
  const line = [path.join(ROOT, 'scripts', script), ...scriptArguments];
  run(process.execPath, line, { cwd: ROOT, ...inSight });
}

const CONTAINERS = path.join(ROOT, 'e2e', 'containers');

/** Where the tests of the repository run beside the platform's own. */
const SUITES = ['linux-x64-musl', 'win32-x64-msvc'];

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
} finally {
  // Of a run that failed, as far as it came.
  console.log('\n-- Seconds');
  console.table(table);
}
