// The entry for Edge runtimes, which cannot load native code. Importing it must not throw: Next.js
// compiles instrumentation.ts for the Edge runtime too.
'use strict';

const { tokenError } = require('./token_error.js');
const { unavailable } = require('./unavailable.js');

const stub = unavailable(
  tokenError(
    'ERR_LAKEBASE_RUNTIME_UNSUPPORTED',
    'lakebase-token needs the Node.js runtime, and this is an Edge runtime. In Next.js write ' +
      "export const runtime = 'nodejs' in this file; in instrumentation.ts import the package only " +
      "where process.env.NEXT_RUNTIME === 'nodejs'.",
  ),
);

exports.getLakebasePostgresToken = stub.token;
exports.getLakebaseCredential = stub.credential;
exports.invalidateLakebasePostgresToken = stub.invalidate;
exports.getLakebaseTokenStatus = stub.status;
