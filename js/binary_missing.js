// Says why there is no native addon, and what to do: the platform, the packages looked for, the fix.
'use strict';

const { optionalDependencies = {} } =
  /** @type {{ optionalDependencies?: Record<string, string> }} */ (require('../package.json'));
const { targetOf, thisSystem } = require('./target.js');
const { tokenError } = require('./token_error.js');

/**
 * @typedef {import('./target.js').System} System
 * @typedef {{ target: string, candidate: string, error: Error & { code?: string } }} Failure
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
  const [first] = unusable;
  const why = first ? doesNotLoad(unusable, system) : isNotThere(system, prebuilt);
  const error = tokenError(
    'ERR_LAKEBASE_BINARY_MISSING',
    `lakebase-token has no native binary that loads on ${inWords(system)}. ${why} ` +
      `Looked for: ${failures.map(({ candidate }) => candidate).join(', ')}.`,
  );
  return first ? Object.assign(error, { cause: first.error }) : error;
};

/**
 * Not there at all, rather than there and of no use.
 * @param {Failure} failure
 */
function isAbsent({ candidate, error }) {
  return error.code === 'MODULE_NOT_FOUND' && error.message.includes(candidate);
}

/** @param {Failure[]} unusable @param {System} system */
function doesNotLoad(unusable, system) {
  const reasons = unusable.map(({ candidate, error }) => `${candidate}: ${firstLine(error)}.`);
  const foreignAbi = system.libc && FOREIGN_ABI[system.libc];
  const isForeign = foreignAbi && unusable.every(({ target }) => target.endsWith(foreignAbi));
  const advice = isForeign
    ? `That is for another C library than ${system.libc}: ${installOnItself(system)}`
    : `Reinstall it. If this system is older than the binary supports, ${FROM_SOURCE}`;
  return `${reasons.join(' ')} ${advice}`;
}

/** @param {System} system @param {string[]} prebuilt */
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

/** @param {System} system */
function installOnItself({ platform, arch, libc }) {
  const flags = [`--os=${platform}`, `--cpu=${arch}`, ...(libc ? [`--libc=${libc}`] : [])];
  return `install on this system itself, or with npm install ${flags.join(' ')}.`;
}

/** @param {System} system */
function inWords({ platform, arch, libc, libcVersion }) {
  const parts = [platform, arch, libc, libcVersion].filter(Boolean);
  return `${parts.join(' ')} (Node.js ${process.version})`;
}

/** @param {Error} error */
function firstLine({ message }) {
  return message.replace(/\n.*/s, '').replace(/\.$/, '');
}

const FOREIGN_ABI = { glibc: '-musl', musl: '-gnu' };

const FROM_SOURCE =
  'build one in a clone (npm ci && npm pack; this needs Rust) and install that tarball.';
