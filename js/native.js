// Finds and loads the native addon. The entry reaches this file lazily, through the package's own
// exports (`lakebase-token/native`), so that no bundler follows it to the binary.
'use strict';

const { existsSync } = require('node:fs');
const path = require('node:path');
const { getEnvironmentData, setEnvironmentData } = require('node:worker_threads');
const { version } = require('../package.json');
const { credential } = require('./credential.js');

// Two files of the addon in one process are two caches. The first copy to load names its file here,
// and every worker thread started afterwards inherits the name.
const AGREED_FILE = `lakebase-token:${version}:file`;

const addon = load();

module.exports = { ...addon, credential: (env, options) => credential(addon, env, options) };

function load() {
  const agreed = getEnvironmentData(AGREED_FILE);
  if (typeof agreed === 'string' && existsSync(agreed)) {
    return require(agreed);
  }
  const failures = [];
  for (const candidate of candidates()) {
    try {
      const file = require.resolve(candidate);
      const addon = require(file);
      setEnvironmentData(AGREED_FILE, file);
      return addon;
    } catch (error) {
      failures.push(`${candidate}: ${error.message.split('\n')[0]}`);
    }
  }
  throw binaryMissing(failures);
}

/** The file of a source build first, then the platform's own package. */
function candidates() {
  return targets().flatMap((target) => [
    path.join(__dirname, '..', `lakebase-token.${target}.node`),
    `lakebase-token-${target}`,
  ]);
}

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

function binaryMissing(failures) {
  const error = new Error(
    `lakebase-token has no native binary that loads on ${process.platform} ${process.arch} ` +
      `(Node ${process.version}). Reinstall without --omit=optional, or build it from source with ` +
      `"npm ci && npm run build". Looked for: ${failures.join('; ')}.`,
  );
  error.name = 'LakebaseTokenError';
  error.code = 'ERR_LAKEBASE_BINARY_MISSING';
  error.retryable = false;
  return error;
}
