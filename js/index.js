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

function load() {
  try {
    native = requireNative();
    return native;
  } catch (error) {
    // Not remembered: the next call says it again, to whoever makes it.
    return {
      hit: () => undefined,
      token: () => Promise.reject(error),
      credential: () => Promise.reject(error),
      invalidate: () => false,
    };
  }
}

function requireNative() {
  // webpack folds this test and drops the other branch; what is left it does not follow.
  if (typeof __webpack_require__ === 'function') {
    return __non_webpack_require__('lakebase-token/native');
  }
  return require(/* turbopackIgnore: true */ 'lakebase-token/native');
}

// Never called: tells Turbopack's file tracing (`output: 'standalone'`) which files run needs.
function _tracedFiles() {
  const { readFileSync } = require('node:fs');
  const path = require('node:path');
  readFileSync(path.join(__dirname, 'native.js'));
  readFileSync(path.join(__dirname, 'credential.js'));
  readFileSync(path.join(__dirname, '../package.json'));
  readFileSync(path.join(__dirname, '../lakebase-token.linux-x64-gnu.node'));
  readFileSync(path.join(__dirname, '../lakebase-token.linux-arm64-gnu.node'));
}
