// The entry for browsers. Next.js resolves `server-only` by itself and fails the build of a client
// component that gets here, with the trace of its imports.
'use strict';

require('server-only');

const { tokenError } = require('./token_error.js');

/**
 * For bundlers that know no `server-only`: they build, and a call says what is wrong.
 * @returns {never}
 */
function refuse() {
  throw tokenError(
    'ERR_LAKEBASE_RUNTIME_UNSUPPORTED',
    'lakebase-token runs on the server, and this is a browser. Import it in server code only: in a ' +
      'route handler, a server component or a server action, not below "use client".',
  );
}

exports.getLakebasePostgresToken = refuse;
exports.getLakebaseCredential = refuse;
exports.invalidateLakebasePostgresToken = refuse;
exports.getLakebaseTokenStatus = refuse;
