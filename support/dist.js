'use strict';

const path = require('node:path');

/** Where a release is made and found: dist/, or the folder that LAKEBASE_TOKEN_DIST names. */
exports.DIST = path.resolve(__dirname, '..', process.env.LAKEBASE_TOKEN_DIST || 'dist');
