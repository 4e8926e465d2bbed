'use strict';

const path = require('node:path');

/** The folder of this repository. */
exports.ROOT = path.join(__dirname, '..');
