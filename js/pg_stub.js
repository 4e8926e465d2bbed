// The pool where the package itself does not run: an Edge runtime or a browser.
'use strict';

const { tokenError } = require('./token_error.js');

exports.getLakebasePool = unsupported;
exports.getLakebasePgConfig = unsupported;

/** @returns {never} */
function unsupported() {
  throw tokenError(
    'ERR_LAKEBASE_RUNTIME_UNSUPPORTED',
    'lakebase-token/pg needs the Node.js runtime. Import it in server code only, and in Next.js write export const ' +
      "runtime = 'nodejs' in this file.",
  );
}
