'use strict';

const { existsSync, readFileSync } = require('node:fs');

/**
 * The packages that a lockfile names, by the folders that they are installed in; none without a lockfile.
 * @param {string} file
 * @returns {Record<string, { version: string, integrity?: string, optional?: boolean, devOptional?: boolean }>}
 */
exports.packagesIn = function packagesIn(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
};
