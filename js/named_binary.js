// The addon that LAKEBASE_TOKEN_BINARY names: for a bundle or an executable that brings its own.
'use strict';

const { reasonIn, tokenError } = require('./token_error.js');

/** @typedef {import('./addon.d.ts').Addon} Addon */

/** @returns {Addon} */
exports.namedBinary = function namedBinary() {
  const file = process.env.LAKEBASE_TOKEN_BINARY ?? '';
  // The system would look for any other name along its search path.
  if (!/^([/\\]|[a-z]:[/\\])/i.test(file)) throw unusable('is not an absolute path');
  const module = { exports: /** @type {Addon} */ ({}) };
  try {
    // Not `require`, which ES modules and single executables lack.
    process.dlopen(module, file);
  } catch (cause) {
    const reason = reasonIn(/** @type {Error} */ (cause));
    throw Object.assign(unusable(`names a file that does not load (${reason})`), { cause });
  }
  if (typeof module.exports.hit !== 'function') throw unusable('names an addon of something else');
  return module.exports;
};

/** @param {string} problem */
function unusable(problem) {
  return tokenError(
    'ERR_LAKEBASE_BINARY_MISSING',
    `LAKEBASE_TOKEN_BINARY ${problem}. Set it to the absolute path of the .node file of the package ` +
      '@lakebase-token/<platform>, or unset it.',
  );
}
