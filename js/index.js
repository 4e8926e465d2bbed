// The package's entry: a thin facade that costs nothing to import. It reads nothing, starts nothing
// and loads the native addon on the first call, in a way that neither webpack nor Turbopack follows.
'use strict';

let native;

exports.getLakebasePostgresToken = function getLakebasePostgresToken() {
  const addon = native ?? load();
  return addon.hit() ?? closingIfRejected(addon.token(process.env), this);
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

/**
 * pg calls the function as a method of its client, and leaves that client's socket open when the password
 * rejects (brianc/node-postgres#2907): an outage of the workspace would use up Postgres's connections, and
 * keep the process from ending. So whoever looks like a client of pg has its socket closed here.
 */
function closingIfRejected(token, caller) {
  const connection = connectionOf(caller);
  // On the side, so that the caller gets the promise that everybody gets.
  if (connection !== undefined) token.catch((error) => close(connection, error));
  return token;
}

function connectionOf(caller) {
  try {
    const connection = caller?.connection;
    return typeof connection?.stream?.destroy === 'function' ? connection : undefined;
  } catch {
    return undefined; // Not a client of pg, then.
  }
}

function close(connection, error) {
  try {
    // With the error: whatever pg notices first, it hears of this and not of a lost connection.
    connection.stream.destroy(error);
    // pg before 8.10 would wait in end() for a close that has been, unless there was no connection.
    connection.once('end', () => {
      connection._connecting = false;
    });
  } catch {
    // Whoever awaits the token hears what counts.
  }
}

function load() {
  try {
    native = requireNative();
    return native;
  } catch (error) {
    // Not remembered: the next call says it again, to whoever makes it.
    return absent(error.code === 'MODULE_NOT_FOUND' ? leftBehind(error) : error);
  }
}

/** This file is bundled, and the build did not bring along what it loads. */
function leftBehind(cause) {
  const error = require('./unavailable.js').tokenError(
    'ERR_LAKEBASE_BINARY_MISSING',
    'A bundler or a standalone build left lakebase-token behind. Declare it external (Next.js: ' +
      "serverExternalPackages: ['lakebase-token']).",
  );
  return Object.assign(error, { cause });
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
  // webpack folds the first test and drops the other branch (as long as it is one expression); what is
  // left it does not follow. Turbopack folds the second test where it bundles, and where it only traces,
  // for the package was declared external, it follows the last branch as Node.js does.
  return typeof __webpack_require__ === 'function'
    ? __non_webpack_require__('lakebase-token/native')
    : process.turbopack
      ? require(/* turbopackIgnore: true */ 'lakebase-token/native')
      : require('./native.js');
}

// Never called: tells Turbopack's file tracing (`output: 'standalone'`) which files run needs. It takes
// every file that a template can mean, and passes over names that are not there. webpack's tracing
// reads native.js by itself.
function _tracedFiles(target) {
  const { readFileSync } = require('node:fs');
  const path = require('node:path');
  readFileSync(path.join(__dirname, 'native.js'));
  readFileSync(path.join(__dirname, 'credential.js'));
  readFileSync(path.join(__dirname, 'binary_missing.js'));
  readFileSync(path.join(__dirname, 'unavailable.js'));
  readFileSync(path.join(__dirname, '../package.json'));
  readFileSync(path.join(__dirname, `../lakebase-token.${target}.node`));
  readFileSync(path.join(__dirname, `../../@lakebase-token/${target}/package.json`));
  readFileSync(
    path.join(__dirname, `../../@lakebase-token/${target}/lakebase-token.${target}.node`),
  );
}
