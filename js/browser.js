// The entry for browsers, and for whatever resolves packages as they do. Next.js resolves `server-only` by
// itself and fails the build of a client component that gets here, with the trace of its imports.
'use strict';

try {
  require('server-only');
} catch {
  // Not Next.js. Without the `try` other bundlers, and a test in jsdom, fail over a module that they lack.
}

const { tokenError } = require('./token_error.js');
const { unavailable } = require('./unavailable.js');

const stub = unavailable(tokenError('ERR_LAKEBASE_RUNTIME_UNSUPPORTED', reason()));

exports.getLakebasePostgresToken = stub.token;
exports.getLakebaseCredential = stub.credential;
exports.invalidateLakebasePostgresToken = stub.invalidate;
exports.getLakebaseTokenStatus = stub.status;
exports.createLakebaseTokens = () => ({
  getToken: stub.token,
  getCredential: stub.credential,
  invalidate: stub.invalidate,
  getStatus: stub.status,
});

function reason() {
  // A polyfill of `process` in a browser has no such version.
  return typeof process === 'object' && process?.versions?.node
    ? 'lakebase-token runs in Node.js, and here packages are resolved as for a browser. Under Jest with jsdom ' +
        'write @jest-environment node at the top of the test, or set testEnvironmentOptions: { ' +
        "customExportConditions: ['node'] }; elsewhere leave out the condition `browser`."
    : 'lakebase-token runs on the server, and this is a browser. Import it in server code only: in a ' +
        'route handler, a server component or a server action, not below "use client".';
}
