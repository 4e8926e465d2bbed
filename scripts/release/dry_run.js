// `npm run release:dry-run -- [TARGET...]`: a release without its publication, of this machine's target
// and of those named: built, checked, packed, described, summed up, installed and run. What is in
// dist/ of an earlier one goes.
'use strict';

const { existsSync, readdirSync, readFileSync, rmSync } = require('node:fs');
const path = require('node:path');
const { scripts } = require('../../package.json');
const { DIST } = require('../../support/dist.js');
const { inSight, run } = require('../../support/run.js');
const { ROOT } = require('../root.js');
const { hostTarget, targets } = require('../targets.js');

/** @param {string[]} others */
function main(others) {
  const built = [...new Set([hostTarget(), ...others])];
  step('The workflows name what there is', workflowsFit);
  step('One version', () => node('release/check_version.js'));
  for (const name of existsSync(DIST) ? readdirSync(DIST).filter(isMade) : []) {
    rmSync(path.join(DIST, name), { recursive: true });
  }
  step(`Binaries: ${built.join(', ')}`, () => node('release/build.js', ...built));
  step('They are fit for a release', () => node('release/check_binary.js'));
  step('Packages', () => node('pack.js'));
  step('What they are made of', () => node('release/sbom.js'));
  step('Checksums', () => node('release/checksums.js'));
  step('They are right', () =>
    run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: DIST, ...inSight }),
  );
  step('Installed, a token over https', () => node('release/smoke.js'));
  if (built.includes('linux-arm64-gnu') && process.arch !== 'arm64') {
    step('The same on arm64', () =>
      run('sh', [path.join(__dirname, 'run_arm64.sh')], { cwd: ROOT, ...inSight }),
    );
  }
  step('npm would publish them', () => node('release/publish.js', '--dry-run'));
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

/** @param {string} name @param {() => void} act */
function step(name, act) {
  console.log(`\n-- ${name}`);
  const startedAt = Date.now();
  act();
  console.log(`   ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** @param {string} script @param {string[]} scriptArguments */
function node(script, ...scriptArguments) {
  const line = [path.join(ROOT, 'scripts', script), ...scriptArguments];
  run(process.execPath, line, { cwd: ROOT, ...inSight });
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
