// Finds and loads the native addon. The entry reaches this file lazily, through the package's own
// exports (`lakebase-token/native`), so that no bundler follows it to the binary.
'use strict';

const { existsSync } = require('node:fs');
const path = require('node:path');
const { getEnvironmentData, setEnvironmentData } = require('node:worker_threads');

// Written here, for reading package.json costs as much as half of the requests for a first token.
// `npm run check:version` holds it to that file.
const VERSION = '0.1.0';

// Two files of the addon in one process are two caches. The first copy to load names its file here,
// and every worker thread started afterwards inherits the name.
const AGREED_FILE = `lakebase-token:${VERSION}:file`;

const addon = load();

module.exports = {
  ...addon,
  // Loaded by whoever needs it: most callers want a token alone.
  credential: (env, options) => require('./credential.js').credential(addon, env, options),
};

function load() {
  const agreed = getEnvironmentData(AGREED_FILE);
  if (typeof agreed === 'string' && existsSync(agreed)) {
    return require(agreed);
  }
  const failures = [];
  for (const target of targets()) {
    for (const candidate of [sourceBuild(target), `@lakebase-token/${target}`]) {
      try {
        const file = require.resolve(candidate);
        const addon = require(file);
        setEnvironmentData(AGREED_FILE, file);
        return addon;
      } catch (error) {
        failures.push({ target, candidate, error });
      }
    }
  }
  // Only now: where the addon loads, nobody pays for the explanation.
  const { binaryMissing } = require('./binary_missing.js');
  throw binaryMissing(failures);
}

function sourceBuild(target) {
  return path.join(__dirname, '..', `lakebase-token.${target}.node`);
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
