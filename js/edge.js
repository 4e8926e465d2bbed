// The entry for Edge runtimes, which cannot load native code. Importing it must not throw: Next.js
// compiles instrumentation.ts for the Edge runtime too.
'use strict';

const { tokenError } = require('./token_error.js');
const { unavailable } = require('./unavailable.js');

const stub = unavailable(
  tokenError(
    'ERR_LAKEBASE_RUNTIME_UNSUPPORTED',
    'lakebase-token needs the Node.js runtime, and this is an Edge runtime, which loads no native code. In ' +
      "Next.js write export const runtime = 'nodejs' in this file; in instrumentation.ts import the package " +
      "only where process.env.NEXT_RUNTIME === 'nodejs'. A Cloudflare Worker has no other runtime, with " +
      'OpenNext neither: call the package in a process of Node.js.',
  ),
);

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
