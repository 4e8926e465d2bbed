// The keys of this folder, as programs take them.
'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');

/** @param {string} name such as `expired.pem` */
function pem(name) {
  return readFileSync(path.join(__dirname, `test-only-${name}`), 'utf8');
}

/** What a server on loopback serves https with. */
const serverKeys = { key: pem('server.key'), cert: pem('server.pem') };

/** The file with what its clients have to trust. */
const CA_FILE = path.join(__dirname, 'test-only-ca.pem');

module.exports = { CA_FILE, pem, serverKeys };
