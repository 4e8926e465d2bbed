// What a program that calls the package tells of itself.
'use strict';

const { readFileSync } = require('node:fs');
const { inspect } = require('node:util');

/** The most memory that this process has had. Not `maxRSS`, which begins with that of the parent. */
function peakMiB() {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024;
}

/** All that an error says, as somebody may log it. */
function told(error) {
  const { name, code, message, stack, cause } = error;
  const said = [message, cause?.message, ...Object.values(error)].filter(
    (value) => typeof value === 'string',
  );
  const all = inspect(error, { depth: null, showHidden: true, maxStringLength: null });
  return { error: { name, code, message, said, all: `${all}${stack}${cause?.stack}` } };
}

module.exports = { peakMiB, told };
