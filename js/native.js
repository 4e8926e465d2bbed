// Finds and loads the native addon. The entry reaches this file lazily and, where it is bundled, through
// the package's own exports (`lakebase-token/native`), so that no bundler follows it to the binary.
'use strict';

const { existsSync } = require('node:fs');
const path = require('node:path');

// Copies of this file, and copies of the addon, may be many in a process: src/node/first_copy.rs makes
// them one.
const addon = load();

module.exports = {
  ...addon,
  // Loaded by whoever needs it: most callers want a token alone.
  credential: (env, options) => require('./credential.js').credential(addon, env, options),
};

function load() {
  const failures = [];
  for (const target of targets()) {
    const file = `lakebase-token.${target}.node`;
    const built = path.join(__dirname, '..', file);
    const name = `@lakebase-token/${target}`;
    // Where npm, pnpm and yarn put it: Node's search for a package costs as much as loading it.
    const installed = path.join(__dirname, '../..', name, file);
    const place = [built, installed].find(isThere) ?? name;
    try {
      return require(place);
    } catch (error) {
      failures.push({ target, candidate: place === built ? built : name, error });
    }
  }
  // Only now: where the addon loads, nobody pays for the explanation.
  const { binaryMissing } = require('./binary_missing.js');
  throw binaryMissing(failures);
}

function isThere(file) {
  try {
    return existsSync(file);
  } catch {
    // Deno wants a permission for asking.
    return false;
  }
}

/** Of this machine, likeliest first. scripts/targets.js says which of them there are binaries for. */
function targets() {
  const { platform, arch } = process;
  switch (platform) {
    case 'linux':
      // Which libc it is costs milliseconds to ask; the wrong one simply does not load.
      return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
    case 'win32':
      return [`win32-${arch}-msvc`];
    default:
      return [`${platform}-${arch}`];
  }
}

// Never called: tells the file tracing of webpack in Next.js (`output: 'standalone'`) and of everything
// else that uses @vercel/nft, which follow no name that is put together, what run needs. They pass over
// packages that are not there.
function _tracedPackages() {
  require.resolve('@lakebase-token/linux-x64-gnu');
  require.resolve('@lakebase-token/linux-arm64-gnu');
  require.resolve('@lakebase-token/linux-x64-musl');
  require.resolve('@lakebase-token/linux-arm64-musl');
  require.resolve('@lakebase-token/darwin-x64');
  require.resolve('@lakebase-token/darwin-arm64');
  require.resolve('@lakebase-token/win32-x64-msvc');
  require.resolve('@lakebase-token/win32-arm64-msvc');
}
