// The platforms a release has a binary for. Nothing else lists them.
'use strict';

/** `name` as js/native.js spells it, `triple` as rustc; `os`, `cpu` and `libc` as in a package.json. */
const targets = [
  gnu('linux-x64-gnu', 'x86_64-unknown-linux-gnu', 'x64'),
  gnu('linux-arm64-gnu', 'aarch64-unknown-linux-gnu', 'arm64'),
  musl('linux-x64-musl', 'x86_64-unknown-linux-musl', 'x64'),
  musl('linux-arm64-musl', 'aarch64-unknown-linux-musl', 'arm64'),
  { name: 'darwin-x64', triple: 'x86_64-apple-darwin', os: 'darwin', cpu: 'x64' },
  { name: 'darwin-arm64', triple: 'aarch64-apple-darwin', os: 'darwin', cpu: 'arm64' },
  { name: 'win32-x64-msvc', triple: 'x86_64-pc-windows-msvc', os: 'win32', cpu: 'x64' },
  { name: 'win32-arm64-msvc', triple: 'aarch64-pc-windows-msvc', os: 'win32', cpu: 'arm64' },
];

/** With the oldest glibc that may load it: that of CentOS 7 and Amazon Linux 2. */
function gnu(name, triple, cpu) {
  return { name, triple, os: 'linux', cpu, libc: 'glibc', oldestGlibc: '2.17' };
}

function musl(name, triple, cpu) {
  return { name, triple, os: 'linux', cpu, libc: 'musl' };
}

/** The target of the Node that runs this; `undefined` where a release has none. */
function hostTarget() {
  return targets.find(({ name }) => name === hostName());
}

/** What a binary for this Node is called, also where a release has none. */
function hostName() {
  const { platform, arch } = process;
  switch (platform) {
    case 'linux':
      return `linux-${arch}-${nodeUsesGlibc() ? 'gnu' : 'musl'}`;
    case 'win32':
      return `win32-${arch}-msvc`;
    default:
      return `${platform}-${arch}`;
  }
}

function nodeUsesGlibc() {
  // Otherwise the report looks up the name of every network interface.
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}

/** A target by its name. Throws where there is none of that name. */
function targetNamed(wanted) {
  const target = targets.find(({ name }) => name === wanted);
  if (target === undefined) {
    const names = targets.map(({ name }) => name).join(', ');
    throw new Error(`There is no target ${wanted}. Name one of ${names}.`);
  }
  return target;
}

module.exports = { targets, hostTarget, hostName, targetNamed };
