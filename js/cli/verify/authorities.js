// The authorities that a driver trusts besides those that Node trusts by itself.
'use strict';

const { readFileSync } = require('node:fs');
const tls = require('node:tls');

/**
 * Those of Node, and of one more file.
 * @param {string} file one that cannot be read adds nothing
 * @returns {string[]} PEM
 */
function authoritiesWith(file) {
  // Before Node 22.15 nobody tells those of NODE_EXTRA_CA_CERTS.
  return [...(tls.getCACertificates?.('default') ?? tls.rootCertificates), ...read(file)];
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8').match(CERTIFICATE) ?? [];
  } catch {
    return [];
  }
}

const CERTIFICATE = /-----BEGIN (X509 )?CERTIFICATE-----[^-]*-----END (X509 )?CERTIFICATE-----/g;

module.exports = { authoritiesWith };
