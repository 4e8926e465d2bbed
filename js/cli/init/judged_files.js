// The env files around the one that `init` writes. No option says that they are to be believed, `--file` neither, which
// only names where to write: so they are judged as those of a folder that somebody else may have filled
// (../default_files.js). Believed is what `init` has written itself: an option or the workspace told it.
'use strict';

const { existsSync } = require('node:fs');
const path = require('node:path');
const { DEFAULT_FILES } = require('../default_files.js');
const { remarksOn } = require('../env_file_remarks.js');
const { loadEnvFiles } = require('../env_files.js');
const { foreign } = require('../../foreign_text.js');
const { note } = require('../note.js');
const { verified } = require('../verify.js');

/**
 * An identity may be set in env files, too.
 * @param {string} file
 */
async function loadIdentity(file) {
  const loaded = await loadEnvFiles(undefined, { files: filesAround(file), without: TO_BE_FOUND });
  for (const remark of remarksOn(loaded)) note(remark);
}

/**
 * As an app is started: with the files, and without what this process has made of them. Resolves to the exit code.
 * @param {string} file
 * @param {import('./env_changes.js').Variables} variables that `init` has written into it
 * @param {NodeJS.ProcessEnv} env of the shell
 */
async function verifiedWith(file, variables, env) {
  for (const name of Object.keys(process.env)) {
    if (env[name] === undefined) delete process.env[name];
  }
  const files = filesAround(file);
  const written = { file: path.normalize(file), variables };
  const there = files.filter((name) => existsSync(name));
  console.error(`\nverify, with ${foreign(there.join(', then '))}`);
  return verified(() => loadEnvFiles(undefined, { files, written }));
}

/**
 * `.env.local` before `.env`, as Next.js reads them; one of another name comes first.
 * @param {string} file
 */
function filesAround(file) {
  const names = DEFAULT_FILES.map((name) => path.join(path.dirname(file), name));
  const normal = path.normalize(file);
  return names.includes(normal) ? names : [normal, ...names];
}

/** What files say of these is old. */
const TO_BE_FOUND = ['PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE', 'PGSSLMODE'];

module.exports = { loadIdentity, verifiedWith };
