// A remark beside what a command does, on stderr. Names of files and words of others are in it.
'use strict';

const { foreign } = require('../foreign_text.js');

/** @param {string} text */
exports.note = function note(text) {
  console.error(`Note: ${foreign(text, { longest: 2_000 })}`);
};
