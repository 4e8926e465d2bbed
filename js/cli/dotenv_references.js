// `$VARIABLE`s in the values of an env file, replaced as Next.js replaces them. Pure functions.
'use strict';

/**
 * The variables with every `$NAME`, `${NAME}` and `${NAME:-default}` in them replaced, as Next.js does:
 * by what `outer` says, else by the default, else by the variable of the same file. `\$` is a dollar.
 *
 * @param {Record<string, string>} variables
 * @param {Record<string, string | undefined>} outer
 * @returns {Record<string, string>}
 */
function expand(variables, outer) {
  const values = Object.entries(variables).map(([name, value]) => [
    name,
    withReferences(value, variables, outer).replaceAll('\\$', '$'),
  ]);
  return Object.fromEntries(values);
}

/**
 * From the last reference to the first: a value that is put in may hold references itself.
 * @param {string} value
 * @param {Record<string, string>} variables
 * @param {Record<string, string | undefined>} outer
 */
function withReferences(value, variables, outer) {
  let text = value;
  for (let replaced = 0; replaced < MOST_REFERENCES; replaced += 1) {
    if (text.length > LONGEST_VALUE) break;
    const at = lastDollar(text);
    const reference = REFERENCE.exec(text.slice(at));
    if (reference === null) {
      return text;
    }
    const [whole, name = '', otherwise] = reference;
    const known = outer[name] || otherwise || variables[name] || '';
    text = text.slice(0, at) + known + text.slice(at + whole.length);
  }
  // A reference to itself. Next.js gives up on the whole file here.
  return value;
}

/**
 * Where the last dollar without a backslash is, or the end.
 * @param {string} text
 */
function lastDollar(text) {
  let at = text.lastIndexOf('$');
  while (at > 0 && text[at - 1] === '\\') at = text.lastIndexOf('$', at - 1);
  return at === -1 ? text.length : at;
}

/**
 * Whether Next.js would take a part of `value` for a reference, or for an escaped dollar.
 * @param {string} value
 */
function isReplacedByNext(value) {
  return /\\\$|\$\{?\w/.test(value);
}

const REFERENCE = /^\$\{?(\w+)(?::-([^}\\]*))?\}?/;

/** More than any file has; fewer than a reference to itself would need. */
const MOST_REFERENCES = 1000;

/** More than an environment can hold; a reference to itself gets there soon. */
const LONGEST_VALUE = 1_048_576;

module.exports = { expand, isReplacedByNext };
