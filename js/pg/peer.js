// The app's own `pg`.
'use strict';

const { tokenError } = require('../token_error.js');

/** @returns {typeof import('pg')} */
exports.findPg = function findPg() {
  // Not in the `try` itself: Rollup and Vite leave a `require` that stands in one, and an ES module has none.
  const load = () => require('pg');
  try {
    return load();
  } catch (cause) {
    const { message: why } = /** @type {Error} */ (cause);
    const [line] = why.split('\n');
    const message =
      `lakebase-token/pg cannot load the package pg: ${line}. Run npm install pg; if a bundler took lakebase-token ` +
      'along, declare it external.';
    throw Object.assign(tokenError('ERR_LAKEBASE_CONFIG_MISSING', message), { cause });
  }
};
