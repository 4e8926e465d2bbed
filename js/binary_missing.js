// Says why there is no native addon, and what to do: the platform, the packages looked for, the fix.
'use strict';

const { LEFT_BEHIND, WHAT_TO_DO } = require('./bundled.js');
const { targetOf, thisSystem } = require('./target.js');
const { reasonIn, tokenError } = require('./token_error.js');

/**
 * @typedef {import('./target.js').System} System
 * @typedef {{ name?: string, optionalDependencies?: Record<string, string> }} Manifest
 * @typedef {{ target: string, candidate: string, error: Error & { code?: string } }} Failure
 *
 * @param {Failure[]} failures one for each file and package looked for
 * @param {System} system
 * @param {string[] | null} prebuilt the platform packages that this version of the package has; `null`
 *   where this file is not in its package any more
 */
exports.binaryMissing = function binaryMissing(
  failures,
  system = thisSystem(),
  prebuilt = prebuiltOf(manifest()),
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

/** @returns {Manifest} of this package, or of whatever a bundler has copied this file into */
function manifest() {
  try {
    return require('../package.json');
  } catch {
    return {};
  }
}

/** @param {Manifest} manifest */
function prebuiltOf({ name, optionalDependencies = {} }) {
  return name === 'lakebase-token' ? Object.keys(optionalDependencies) : null;
}

/** @param {Failure[]} unusable @param {System} system */
function doesNotLoad(unusable, system) {
  const reasons = unusable.map(({ candidate, error }) => `${candidate}: ${reasonIn(error)}.`);
  const foreignAbi = system.libc && FOREIGN_ABI[system.libc];
  const isForeign = foreignAbi && unusable.every(({ target }) => target.endsWith(foreignAbi));
  const isDisabled = unusable.every(({ error }) => error.code === 'ERR_DLOPEN_DISABLED');
  if (isDisabled) return `${reasons[0]} ${allowAddons()}`;
  const advice = isForeign
    ? `That is for another C library than ${system.libc}: ${installOnItself(system)}`
    : `Reinstall it. If this system is older than the binary supports, ${FROM_SOURCE}`;
  return `${reasons.join(' ')} ${advice}`;
}

/** Node.js was started so that it loads no addon at all. */
function allowAddons() {
  return 'permission' in process
    ? 'Start Node.js with --allow-addons as well as --permission.'
    : 'Start Node.js without --no-addons; it may be set in NODE_OPTIONS.';
}

/** @param {System} system @param {string[] | null} prebuilt */
function isNotThere(system, prebuilt) {
  if (prebuilt === null) return `${LEFT_BEHIND} ${WHAT_TO_DO}`;
  const name = `@lakebase-token/${targetOf(system)}`;
  if (!prebuilt.includes(name)) {
    return `There is no prebuilt one, so ${FROM_SOURCE} ${IF_BUNDLED}`;
  }
  return (
    `The package ${name} is not installed. Install without --omit=optional and --no-optional. If npm ` +
    'left it out because the lockfile was written on another platform (npm/cli#4828), delete ' +
    `node_modules and package-lock.json and install again. If node_modules was copied to this ` +
    `system, ${installOnItself(system)} ${IF_BUNDLED}`
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

const FOREIGN_ABI = { glibc: '-musl', musl: '-gnu' };

const IF_BUNDLED =
  'If a bundler or a standalone build left it behind, declare lakebase-token external ' +
  "(Next.js: serverExternalPackages: ['lakebase-token']).";

const FROM_SOURCE =
  'build one in a clone (npm ci && npm pack; this needs Rust) and install that tarball.';
