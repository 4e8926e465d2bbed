// Which drivers for Postgres a project has, found without loading them.
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');

/** @param {string} folder of the project */
function driversOf(folder) {
  const fromProject = createRequire(path.join(folder, 'package.json'));
  return ['pg', 'postgres'].filter((name) => {
    try {
      return fromProject.resolve(name) !== '';
    } catch {
      return false;
    }
  });
}

module.exports = { driversOf };
