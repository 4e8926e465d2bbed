// The authorities that the core trusts, for Node's own TLS: Mozilla's, and what the variables add.
'use strict';

const { readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');
const tls = require('node:tls');

/**
 * @param {Record<string, string | undefined>} env
 * @param {string[]} more files besides
 * @returns {string[]} PEM
 */
function authorities(env, more = []) {
  const folders = (env.SSL_CERT_DIR ?? '').split(path.delimiter).filter(Boolean);
  const files = [
    env.NODE_EXTRA_CA_CERTS ?? '',
    env.SSL_CERT_FILE ?? '',
    ...folders.flatMap((folder) => filesIn(folder)),
    ...more,
  ].filter(Boolean);
  const system = env.NODE_USE_SYSTEM_CA === '1' ? (tls.getCACertificates?.('system') ?? []) : [];
  return [...tls.rootCertificates, ...system, ...files.flatMap(read)];
}

/**
 * A file that cannot be read adds nothing; the core says so where it matters.
 * @param {string} file
 * @returns {string[]}
 */
function read(file) {
  try {
    return readFileSync(file, 'utf8').match(CERTIFICATE) ?? [];
  } catch {
    return [];
  }
}

/** @param {string} folder */
function filesIn(folder) {
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

module.exports = { authorities };
