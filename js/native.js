// Finds and loads the native addon. The entry reaches this file lazily and, where it is bundled, through
// the package's own exports (`lakebase-token/native`), so that no bundler follows it to the binary.
'use strict';

const { existsSync } = require('node:fs');
const path = require('node:path');

// A process may load many copies of this file and of the addon: src/node/first_copy.rs makes them one.
const addon = keepsContexts()
  ? require('./outside_of_requests.js').outsideOfRequests(load)
  : load();

/**
 * Kept: under Jest nothing can be loaded any more while what a test has begun ends.
 * @type {{
 *   channels?: typeof import('node:diagnostics_channel'),
 *   debug?: import('node:util').DebugLogger,
 *   telemetry?: import('./addon.d.ts').Telemetry,
 * }}
 */
const known = {};

// Loaded when they are first asked: most processes never need them.
addon.employ({
  askCli: (errand, request) =>
    void require('./databricks_cli/agent.js').ask(addon, errand, request),
  get vercel() {
    return require('./vercel.js').vercel(addon);
  },
  isHeard(channels) {
    known.channels ??= require('node:diagnostics_channel');
    known.debug ??= require('node:util').debuglog('lakebase-token');
    const { hasSubscribers } = known.channels;
    const isDebugged = known.debug.enabled ?? isNamedIn(process.env.NODE_DEBUG);
    return isDebugged || channels.some((name) => hasSubscribers(name));
  },
  get telemetry() {
    known.telemetry ??= require('./telemetry.js');
    return known.telemetry;
  },
});

module.exports = {
  ...addon,
  // Loaded on the first call: most processes never make one.
  /** @type {import('./addon.d.ts').Tokens['credential']} */
  credential: (env, options) => require('./credential.js').credential(addon, env, options),
  /** @type {import('./addon.d.ts').Tokens['provider']} */
  provider: (options) => require('./own_provider.js').ownProvider(addon, options),
};

/** @returns {import('./addon.d.ts').Addon} */
function load() {
  if (isNamed()) return require('./named_binary.js').namedBinary();
  /** @type {import('./binary_missing.js').Failure[]} */
  const failures = [];
  for (const target of targets()) {
    const file = `lakebase-token.${target}.node`;
    const built = path.join(__dirname, '..', file);
    const name = `@lakebase-token/${target}`;
    // Where npm, pnpm and yarn put it. Node's search for a package would take half as long as loading it
    // (0.35 and 0.66 ms, medians of seven processes on Node 20).
    const installed = path.join(__dirname, '../..', name, file);
    const place = [built, installed].find(isThere) ?? name;
    try {
      return require(place);
    } catch (cause) {
      const error = /** @type {Error} */ (cause);
      failures.push({ target, candidate: place === built ? built : name, error });
    }
  }
  // Only now: a process whose addon loads does not load the explanation.
  const { binaryMissing } = require('./binary_missing.js');
  throw binaryMissing(failures);
}

/** Until Node 24 the addon itself sees to it. */
function keepsContexts() {
  return Number.parseInt(process.versions.node, 10) >= 24;
}

/**
 * Where nothing says whether a debug log is on, as in Bun.
 * @param {string | undefined} sections
 */
function isNamedIn(sections) {
  return /\blakebase|\*/i.test(sections ?? '');
}

/** @param {string} file */
function isThere(file) {
  try {
    return existsSync(file);
  } catch {
    // Deno wants a permission for asking.
    return false;
  }
}

/** Here, so that a process whose variable is not set does not load what reads it. */
function isNamed() {
  try {
    return Boolean(process.env.LAKEBASE_TOKEN_BINARY);
  } catch {
    // Deno wants a permission for asking, which nobody has to give who does not set it.
    return false;
  }
}

/** Of this machine, likeliest first. scripts/targets.js says which of them there are binaries for. */
function targets() {
  const { platform, arch } = process;
  switch (platform) {
    case 'linux':
      // Asking which libc it is takes 7 ms (a diagnostic report); the wrong one does not load.
      return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
    case 'win32':
      return [`win32-${arch}-msvc`];
    default:
      return [`${platform}-${arch}`];
  }
}
