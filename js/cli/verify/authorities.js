// Whom the core trusts, for Node's own TLS: Mozilla's roots and what the variables add.
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
    env.NODE_EXTRA_CA_CERTS,
    env.SSL_CERT_FILE,
    ...folders.flatMap((folder) => filesIn(folder)),
    ...more,
  ];
  const system = env.NODE_USE_SYSTEM_CA === '1' ? (tls.getCACertificates?.('system') ?? []) : [];
  return [...tls.rootCertificates, ...system, ...files.filter(Boolean).flatMap(read)];
}

/** What cannot be read adds nothing; the core says so where it matters. */
function read(file) {
  try {
    return readFileSync(file, 'utf8').match(CERTIFICATE) ?? [];
  } catch {
    return [];
  }
}

function filesIn(folder) {
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

module.exports = { authorities };
