// `npm run release:dry-run -- [TARGET...]`: a release without its publication, of this machine's target
// and of those named: built, checked, packed, described, summed up, installed and run. dist/ is made anew.
'use strict';

const { spawnSync } = require('node:child_process');
const { readdirSync, readFileSync, rmSync } = require('node:fs');
const path = require('node:path');
const { scripts } = require('../../package.json');
const { ROOT } = require('../cargo.js');
const { hostName } = require('../targets.js');
const { DIST } = require('./packed.js');

function main(others) {
  const targets = [...new Set([hostName(), ...others])];
  step('The workflows run scripts that exist', workflowsAreKnown);
  step('One version', () => node('release/check_version.js'));
  rmSync(DIST, { recursive: true, force: true });
  step(`Binaries: ${targets.join(', ')}`, () => node('release/build.js', ...targets));
  step('They are fit for a release', () => node('release/check_binary.js'));
  step('Packages', () => node('pack.js'));
  step('What they are made of', () => node('release/sbom.js'));
  step('Checksums', () => node('release/checksums.js'));
  step('They are right', () => run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], DIST));
  step('Installed, a token over https', () => node('release/smoke.js'));
  if (targets.includes('linux-arm64-gnu') && process.arch !== 'arm64') {
    step('The same on arm64', () => run('sh', [path.join(__dirname, 'run_arm64.sh')]));
  }
  step('npm would publish them', () => node('release/publish.js', '--dry-run'));
}

function workflowsAreKnown() {
  const folder = path.join(ROOT, '.github', 'workflows');
  for (const file of readdirSync(folder)) {
    const named = readFileSync(path.join(folder, file), 'utf8').matchAll(/npm run ([\w:-]+)/g);
    for (const [, name] of named) {
      if (!Object.hasOwn(scripts, name))
        throw new Error(`${file} runs ${name}, which is no script.`);
    }
  }
}

function step(name, act) {
  console.log(`\n-- ${name}`);
  const startedAt = Date.now();
  act();
  console.log(`   ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

function node(script, ...scriptArguments) {
  run(process.execPath, [path.join(ROOT, 'scripts', script), ...scriptArguments]);
}

function run(command, commandArguments, cwd = ROOT) {
  const { status, error } = spawnSync(command, commandArguments, { cwd, stdio: 'inherit' });
  if (error) throw error;
  // What went wrong has been said.
  if (status !== 0) process.exit(status ?? 1);
}

main(process.argv.slice(2));
