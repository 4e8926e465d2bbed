// `npm run checksums`: dist/SHA256SUMS, of the tarballs, as `sha256sum -c` reads it. It runs before anything
// else does that could change them.
'use strict';

const { createHash } = require('node:crypto');
const { readFileSync, readdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { DIST } = require('../../support/dist.js');

const names = readdirSync(DIST).filter((name) => name.endsWith('.tgz'));
const lines = names.sort().map((name) => {
  const sum = createHash('sha256').update(readFileSync(path.join(DIST, name)));
  return `${sum.digest('hex')}  ${name}\n`;
});
writeFileSync(path.join(DIST, 'SHA256SUMS'), lines.join(''));
process.stdout.write(lines.join(''));
