// Lines of an env file that are written as Windows' shells have them, `set X=1` or `$env:X = "1"`. No reader
// of env files takes them, nor says so. Pure functions.
'use strict';

/**
 * The variables of ours that such lines were meant to set.
 * @param {string} text of an env file
 * @param {Record<string, string>} variables what was read of it
 * @returns {{ name: string, line: number }[]}
 */
function shellLines(text, variables) {
  return text.split(/\r\n|\n|\r/).flatMap((written, index) => {
    const name = SHELL.exec(written)?.groups?.name;
    const isMeant = name !== undefined && OURS.test(name) && !Object.hasOwn(variables, name);
    return isMeant ? [{ name, line: index + 1 }] : [];
  });
}

const SHELL = /^\s*(?:setx?\s+"?|\$env:)(?<name>\w+)(?:\s*=|\s)/i;
const OURS = /^(DATABRICKS|LAKEBASE)_|^PG[A-Z]+$/;

module.exports = { shellLines };
