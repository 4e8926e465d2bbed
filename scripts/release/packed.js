// The tarballs that `npm run pack` made.
'use strict';

const { execFileSync } = require('node:child_process');
const { readdirSync } = require('node:fs');
const path = require('node:path');
const { DIST } = require('../../support/dist.js');

/**
 * What is read here of a package.json.
 * @typedef {{ name: string, version: string, license: string, os?: string[] }} Manifest
 * @typedef {{ file: string, manifest: Manifest }} Tarball
 */

/** Each with its package.json; those of the platforms first, as they have to be published. */
function packed() {
  const files = readdirSync(DIST).filter((name) => name.endsWith('.tgz'));
  if (files.length === 0) {
    throw new Error('There is no tarball in dist. Run "npm run pack" first.');
  }
  const tarballs = files.map((file) => ({ file: path.join(DIST, file), manifest: manifest(file) }));
  return tarballs.sort((one, other) => Number(isMain(one)) - Number(isMain(other)));
}

/** @param {Tarball} tarball */
function isMain({ manifest }) {
  return manifest.os === undefined;
}

/** @param {string} file @returns {Manifest} */
function manifest(file) {
  const content = execFileSync('tar', ['-xzOf', file, 'package/package.json'], { cwd: DIST });
  return JSON.parse(content.toString());
}

module.exports = { packed, isMain };
