// The platforms a release has a binary for. The workflows repeat the names; `npm run release:dry-run` holds
// them to this list.
'use strict';

const { hostTarget } = require('../js/target.js');

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {string} triple
 * @property {string} os
 * @property {string} cpu
 * @property {'glibc' | 'musl'} [libc]
 * @property {string} [oldestGlibc]
 * @property {string} [standIn]
 */

/**
 * `name` as js/native.js spells it, `triple` as rustc; `os`, `cpu` and `libc` as in a package.json;
 * `standIn` is built where there is no compiler of Microsoft's, to be tried: its C ABI is the same.
 * @type {Target[]}
 */
const targets = [
  gnu('linux-x64-gnu', 'x86_64-unknown-linux-gnu', 'x64'),
  gnu('linux-arm64-gnu', 'aarch64-unknown-linux-gnu', 'arm64'),
  musl('linux-x64-musl', 'x86_64-unknown-linux-musl', 'x64'),
  musl('linux-arm64-musl', 'aarch64-unknown-linux-musl', 'arm64'),
  { name: 'darwin-x64', triple: 'x86_64-apple-darwin', os: 'darwin', cpu: 'x64' },
  { name: 'darwin-arm64', triple: 'aarch64-apple-darwin', os: 'darwin', cpu: 'arm64' },
  {
    ...{ name: 'win32-x64-msvc', triple: 'x86_64-pc-windows-msvc', os: 'win32', cpu: 'x64' },
    standIn: 'x86_64-pc-windows-gnu',
  },
  { name: 'win32-arm64-msvc', triple: 'aarch64-pc-windows-msvc', os: 'win32', cpu: 'arm64' },
];

/**
 * With the oldest glibc that may load it: that of CentOS 7 and Amazon Linux 2.
 * @param {string} name
 * @param {string} triple
 * @param {string} cpu
 * @returns {Target}
 */
function gnu(name, triple, cpu) {
  return { name, triple, os: 'linux', cpu, libc: 'glibc', oldestGlibc: '2.17' };
}

/** @param {string} name @param {string} triple @param {string} cpu @returns {Target} */
function musl(name, triple, cpu) {
  return { name, triple, os: 'linux', cpu, libc: 'musl' };
}

/**
 * A target by its name. Throws where there is none of that name.
 * @param {string | undefined} wanted
 */
function targetNamed(wanted) {
  const target = targets.find(({ name }) => name === wanted);
  if (target === undefined) {
    const names = targets.map(({ name }) => name).join(', ');
    throw new Error(`There is no target ${wanted}. Name one of ${names}.`);
  }
  return target;
}

/**
 * What has npm install as on that platform.
 * @param {Target} target
 */
function asNpmSays({ os, cpu, libc }) {
  return ['--os', os, '--cpu', cpu, ...(libc === undefined ? [] : ['--libc', libc])];
}

/**
 * The budget of an install: most are on the first.
 * @param {string} name
 */
function largestBytes(name) {
  return name === 'linux-x64-gnu' ? 3_250_000 : 3_500_000;
}

module.exports = {
  targets,
  targetNamed,
  asNpmSays,
  largestBytes,
  /** The target of the Node that runs this, also where a release has none. */
  hostTarget,
};
