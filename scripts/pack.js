// `npm run pack [FOLDER]`: the tarballs that are published and installed, in dist/: the package itself,
// and one for each binary in FOLDER (dist/binaries, where `npm run build:release` puts them).
//
// The repository's package.json names no platform package: before a version is published the registry
// has none of that version, and `npm ci` would refuse. They are named here, all that a release has.
'use strict';

const { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const manifest = require('../package.json');
const { DIST } = require('../support/dist.js');
const { npm } = require('../support/run.js');
const { ROOT } = require('./root.js');
const { targets } = require('./targets.js');

const STAGE = path.join(DIST, 'stage');

/** Its own, and those of what a binary links. */
const LICENSES = ['LICENSE', 'THIRD-PARTY-LICENSES.txt'];

/**
 * What is read here of `npm pack --json`.
 * @typedef {{ filename: string, size: number, files: { path: string }[] }} Packed
 *
 * @typedef {import('./targets.js').Target} Target
 */

function main(binaries = path.join(DIST, 'binaries')) {
  const built = targets.filter(({ name }) => existsSync(path.join(binaries, binaryOf(name))));
  if (built.length === 0) {
    throw new Error(`There is no binary in ${binaries}. Run "npm run build:release" first.`);
  }
  rmSync(STAGE, { recursive: true, force: true });
  for (const name of existsSync(DIST) ? readdirSync(DIST) : []) {
    if (name.endsWith('.tgz')) rmSync(path.join(DIST, name));
  }
  for (const folder of [stageMain(), ...built.map((target) => stageBinary(target, binaries))]) {
    const { filename, size } = pack('--pack-destination', DIST, folder);
    console.log(`${path.relative(process.cwd(), path.join(DIST, filename))}  ${size} bytes`);
  }
}

/** What npm would pack of this folder, without a binary and without what only its developers need. */
function stageMain() {
  const folder = path.join(STAGE, manifest.name);
  const { files } = pack('--dry-run', '--ignore-scripts', ROOT);
  for (const file of files.map(({ path: file }) => file).filter((file) => !isBinary(file))) {
    cpSync(path.join(ROOT, file), path.join(folder, file));
  }
  const { scripts, devDependencies, ...kept } = manifest;
  const packages = targets.map(({ name }) => [packageOf(name), manifest.version]);
  writeManifest(folder, {
    ...kept,
    files: manifest.files.filter((pattern) => !isBinary(pattern)),
    optionalDependencies: Object.fromEntries(packages),
  });
  return folder;
}

/** @param {Target} target @param {string} binaries */
function stageBinary({ name, os, cpu, libc }, binaries) {
  const folder = path.join(STAGE, name);
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(binaries, binaryOf(name)), path.join(folder, binaryOf(name)));
  for (const file of LICENSES) cpSync(path.join(ROOT, file), path.join(folder, file));
  const { version, license, engines } = manifest;
  const description = `The native binary of ${manifest.name} for ${name}.`;
  writeFileSync(
    path.join(folder, 'README.md'),
    `# ${packageOf(name)}\n\n${description} Install \`${manifest.name}\`, which brings it along.\n`,
  );
  writeManifest(folder, {
    name: packageOf(name),
    version,
    description,
    license,
    main: `./${binaryOf(name)}`,
    files: [binaryOf(name), ...LICENSES],
    engines,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
  });
  return folder;
}

/** @param {string} folder @param {object} content */
function writeManifest(folder, content) {
  // Provenance holds the package to the repository that it says it comes from.
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  const origin = repository && { type: 'git', url: `git+${server}/${repository}.git` };
  const whole = { ...content, ...(origin && { repository: origin }) };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(whole, null, 2)}\n`);
}

/** @param {string} target */
function binaryOf(target) {
  return `${manifest.name}.${target}.node`;
}

/** @param {string} target */
function packageOf(target) {
  return `@${manifest.name}/${target}`;
}

/** @param {string} file */
function isBinary(file) {
  return file.endsWith('.node');
}

/** @param {string[]} options @returns {Packed} */
function pack(...options) {
  const [packed] = JSON.parse(npm(['pack', '--json', ...options]));
  return packed;
}

main(process.argv[2]);
