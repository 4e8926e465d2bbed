// `npm run build`: builds the native addon for this machine and puts it where js/native.js looks.
'use strict';

const path = require('node:path');
const { buildAddon, replace } = require('./cargo.js');
const { ROOT } = require('./root.js');
const { hostTarget } = require('./targets.js');

buildAddon().then(
  (library) => replace(path.join(ROOT, `lakebase-token.${hostTarget()}.node`), library),
  ({ message }) => {
    console.error(message);
    process.exitCode = 1;
  },
);
