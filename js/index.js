// The package's entry: a thin facade that costs nothing to import. It reads nothing, starts nothing
// and loads the native addon on the first call, in a way that neither webpack nor Turbopack follows.
'use strict';

let native;

exports.getLakebasePostgresToken = function getLakebasePostgresToken() {
  const addon = native ?? load();
  return addon.hit() ?? addon.token(process.env);
};

exports.getLakebaseCredential = function getLakebaseCredential(options) {
  return (native ?? load()).credential(process.env, options);
};

exports.invalidateLakebasePostgresToken = function invalidateLakebasePostgresToken(rejectedToken) {
  return (native ?? load()).invalidate(rejectedToken);
};

exports.getLakebaseTokenStatus = function getLakebaseTokenStatus() {
  return (native ?? load()).status(process.env);
};

function load() {
  try {
    native = requireNative();
    return native;
  } catch (error) {
    // Not remembered: the next call says it again, to whoever makes it.
    return absent(error);
  }
}

/** What the functions above call, where there is no addon. */
function absent(error) {
  const stub = require('./unavailable.js').unavailable(error);
  return {
    hit: () => undefined,
    token: stub.getLakebasePostgresToken,
    credential: stub.getLakebaseCredential,
    invalidate: stub.invalidateLakebasePostgresToken,
    status: stub.getLakebaseTokenStatus,
  };
}

function requireNative() {
  // webpack folds this test and drops the other branch; what is left it does not follow.
  if (typeof __webpack_require__ === 'function') {
    return __non_webpack_require__('lakebase-token/native');
  }
  return require(/* turbopackIgnore: true */ 'lakebase-token/native');
}

// Never called: tells Turbopack's file tracing (`output: 'standalone'`) which files run needs, of the
// platforms that such a build is deployed to. It passes over those that are not there.
function _tracedFiles() {
  const { readFileSync } = require('node:fs');
  const path = require('node:path');
  readFileSync(path.join(__dirname, 'native.js'));
  readFileSync(path.join(__dirname, 'credential.js'));
  readFileSync(path.join(__dirname, 'binary_missing.js'));
  readFileSync(path.join(__dirname, 'unavailable.js'));
  readFileSync(path.join(__dirname, '../package.json'));
  readFileSync(path.join(__dirname, '../lakebase-token.linux-x64-gnu.node'));
  readFileSync(path.join(__dirname, '../lakebase-token.linux-arm64-gnu.node'));
  readFileSync(path.join(__dirname, '../../@lakebase-token/linux-x64-gnu/package.json'));
  readFileSync(
    path.join(__dirname, '../../@lakebase-token/linux-x64-gnu/lakebase-token.linux-x64-gnu.node'),
  );
  readFileSync(path.join(__dirname, '../../@lakebase-token/linux-arm64-gnu/package.json'));
  readFileSync(
    path.join(
      __dirname,
      '../../@lakebase-token/linux-arm64-gnu/lakebase-token.linux-arm64-gnu.node',
    ),
  );
  readFileSync(path.join(__dirname, '../../@lakebase-token/linux-x64-musl/package.json'));
  readFileSync(
    path.join(__dirname, '../../@lakebase-token/linux-x64-musl/lakebase-token.linux-x64-musl.node'),
  );
  readFileSync(path.join(__dirname, '../../@lakebase-token/linux-arm64-musl/package.json'));
  readFileSync(
    path.join(
      __dirname,
      '../../@lakebase-token/linux-arm64-musl/lakebase-token.linux-arm64-musl.node',
    ),
  );
  readFileSync(path.join(__dirname, '../../@lakebase-token/darwin-x64/package.json'));
  readFileSync(
    path.join(__dirname, '../../@lakebase-token/darwin-x64/lakebase-token.darwin-x64.node'),
  );
  readFileSync(path.join(__dirname, '../../@lakebase-token/darwin-arm64/package.json'));
  readFileSync(
    path.join(__dirname, '../../@lakebase-token/darwin-arm64/lakebase-token.darwin-arm64.node'),
  );
  readFileSync(path.join(__dirname, '../../@lakebase-token/win32-x64-msvc/package.json'));
  readFileSync(
    path.join(__dirname, '../../@lakebase-token/win32-x64-msvc/lakebase-token.win32-x64-msvc.node'),
  );
  readFileSync(path.join(__dirname, '../../@lakebase-token/win32-arm64-msvc/package.json'));
  readFileSync(
    path.join(
      __dirname,
      '../../@lakebase-token/win32-arm64-msvc/lakebase-token.win32-arm64-msvc.node',
    ),
  );
}
