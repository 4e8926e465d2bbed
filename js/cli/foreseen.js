// The errors of the command line, told apart by their `code`: one with a code was foreseen, and its message
// is meant to be read; any other is a bug.
'use strict';

/** @param {string} code @param {string} message */
function foreseen(code, message) {
  return Object.assign(new Error(message), { code });
}

/**
 * The code of an error of ours or of Node's, if it has one.
 * @param {unknown} error
 */
function codeOf(error) {
  return /** @type {{ code?: string } | undefined} */ (error)?.code;
}

module.exports = { codeOf, foreseen };
