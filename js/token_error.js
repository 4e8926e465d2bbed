// The errors that are made in JavaScript. All others are made by the addon (src/error.rs).
'use strict';

/** @typedef {import('lakebase-token').LakebaseTokenErrorCode} Code */

/**
 * @template {Code | 'ERR_LAKEBASE_CLI_FAILED'} C the last one is the command line's alone
 * @param {C} code
 * @param {string} message
 */
exports.tokenError = function tokenError(code, message) {
  const error = new Error(message);
  return Object.assign(error, {
    name: /** @type {const} */ ('LakebaseTokenError'),
    code,
    retryable: false,
  });
};

/**
 * What the system says of an addon that it does not load, in a line: Windows ends a sentence in CRLF.
 * @param {Error} error
 */
exports.reasonIn = function reasonIn({ message }) {
  return message.replace(/\r?\n.*/s, '').replace(/\.$/, '');
};
