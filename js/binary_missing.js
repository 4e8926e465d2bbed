// Says why there is no native addon, and what to do: the platform, the packages looked for, the fix.
'use strict';

const { optionalDependencies = {} } = require('../package.json');
const { tokenError } = require('./unavailable.js');

/**
 * @typedef {{ target: string, candidate: string, error: Error & { code?: string } }} Failure
 * @typedef {{ platform: string, arch: string, libc?: 'glibc' | 'musl', libcVersion?: string }} System
 *
 * @param {Failure[]} failures one for each file and package looked for
 * @param {System} system
 * @param {string[]} prebuilt the platform packages that this version of the package has
 */
exports.binaryMissing = function binaryMissing(
  failures,
  system = thisSystem(),
  prebuilt = Object.keys(optionalDependencies),
) {
  const unusable = failures.filter((failure) => !isAbsent(failure));
  const why = unusable.length > 0 ? doesNotLoad(unusable, system) : isNotThere(system, prebuilt);
  const error = tokenError(
    'ERR_LAKEBASE_BINARY_MISSING',
    `lakebase-token has no native binary that loads on ${inWords(system)}. ${why} ` +
      `Looked for: ${failures.map(({ candidate }) => candidate).join(', ')}.`,
  );
  return unusable.length > 0 ? Object.assign(error, { cause: unusable[0].error }) : error;
};

/** Not there at all, rather than there and of no use. */
function isAbsent({ candidate, error }) {
  return error.code === 'MODULE_NOT_FOUND' && error.message.includes(candidate);
}

function doesNotLoad(unusable, system) {
  const reasons = unusable.map(({ candidate, error }) => `${candidate}: ${firstLine(error)}.`);
  const isForeign = unusable.every(({ target }) => target.endsWith(FOREIGN_ABI[system.libc]));
  const advice = isForeign
    ? `That is for another C library than ${system.libc}: ${installOnItself(system)}`
    : `Reinstall it. If this system is older than the binary supports, ${FROM_SOURCE}`;
  return `${reasons.join(' ')} ${advice}`;
}

function isNotThere(system, prebuilt) {
  const name = `@lakebase-token/${targetOf(system)}`;
  if (!prebuilt.includes(name)) {
    return `There is no prebuilt one, so ${FROM_SOURCE}`;
  }
  return (
    `The package ${name} is not installed. Install without --omit=optional and --no-optional. If npm ` +
    'left it out because the lockfile was written on another platform (npm/cli#4828), delete ' +
    `node_modules and package-lock.json and install again. If node_modules was copied to this ` +
    `system, ${installOnItself(system)} If a bundler or a standalone build left it behind, declare ` +
    "lakebase-token external (Next.js: serverExternalPackages: ['lakebase-token'])."
  );
}

function installOnItself({ platform, arch, libc }) {
  const flags = [`--os=${platform}`, `--cpu=${arch}`, ...(libc ? [`--libc=${libc}`] : [])];
  return `install on this system itself, or with npm install ${flags.join(' ')}.`;
}

/** What the files and packages for a system are called after: `linux-x64-gnu`. */
function targetOf({ platform, arch, libc }) {
  if (platform === 'linux') return `linux-${arch}-${libc === 'musl' ? 'musl' : 'gnu'}`;
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`;
}

function inWords({ platform, arch, libc, libcVersion }) {
  const parts = [platform, arch, libc, libcVersion].filter(Boolean);
  return `${parts.join(' ')} (Node.js ${process.version})`;
}

/** @returns {System} */
function thisSystem() {
  const { platform, arch } = process;
  const header = platform === 'linux' ? report()?.header : undefined;
  if (header === undefined) return { platform, arch };
  const libcVersion = header.glibcVersionRuntime;
  return { platform, arch, libc: libcVersion ? 'glibc' : 'musl', libcVersion };
}

function report() {
  if (!process.report) return undefined;
  const { excludeNetwork } = process.report;
  // Else it looks up the name of every open connection.
  process.report.excludeNetwork = true;
  try {
    return process.report.getReport();
  } catch {
    // Deno wants a permission for it: the explanation does without.
    return undefined;
  } finally {
    process.report.excludeNetwork = excludeNetwork;
  }
}

function firstLine({ message }) {
  return message.split('\n')[0].replace(/\.$/, '');
}

const FOREIGN_ABI = { glibc: '-musl', musl: '-gnu' };

const FROM_SOURCE =
  'build one in a clone (npm ci && npm run build && npm pack; this needs Rust) and install that ' +
  'tarball.';

// What is built for this machine has to be what is looked for here.
exports.hostName = () => targetOf(thisSystem());
