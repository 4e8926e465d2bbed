// Loads env files into this process's environment, as Next.js does: what is set already stays, of two
// files the first one wins, and `$VARIABLE`s in values are replaced.
'use strict';

const { parseEnv } = require('node:util');
const { expand, read } = require('../dotenv_file.js');
const { readTextFile } = require('./text_file.js');

/** The option of every command that loads them. */
const ENV_FILE = {
  value: 'FILE',
  multiple: true,
  text: 'read variables from FILE; may be repeated; default .env.local, then .env',
};

/**
 * @param {string[]} [named] must be there; the default ones need not
 * @returns {Promise<{ origins: Map<string, string>, shadowed: Map<string, string> }>} the variables
 *   that were set, and those that were left alone although a file says otherwise, each with its file
 */
async function loadEnvFiles(named) {
  const origins = new Map();
  const shadowed = new Map();
  for (const file of named ?? DEFAULT_FILES) {
    const found = await readTextFile(file);
    if (found === undefined) {
      if (named === undefined) continue;
      throw Object.assign(new Error(`There is no file ${file}. Check --env-file.`), {
        code: 'FILE_MISSING',
      });
    }
    if (named !== undefined) {
      forgetNodesReading(found.text);
    }
    for (const [name, value] of Object.entries(expand(read(found.text), process.env))) {
      // An empty variable counts as set: that is how somebody switches off a line of a file.
      if (process.env[name] === undefined) {
        process.env[name] = value;
        origins.set(name, file);
      } else if (!origins.has(name) && process.env[name] !== value) {
        shadowed.set(name, file);
      }
    }
  }
  return { origins, shadowed };
}

/**
 * Takes out what Node has put in: it takes an `--env-file` for its own wherever it stands, loads the
 * file before this program begins, and reads it in its own way (Node 20 to 26).
 */
function forgetNodesReading(text) {
  for (const [name, value] of Object.entries(parseEnv?.(text) ?? {})) {
    if (process.env[name] === value) {
      delete process.env[name];
    }
  }
}

const DEFAULT_FILES = ['.env.local', '.env'];

module.exports = { ENV_FILE, loadEnvFiles };
