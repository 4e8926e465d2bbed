// Reads a text file and replaces it in one step, as what it is: the same place, mode and owner.
'use strict';

const { constants } = require('node:fs');
const fs = require('node:fs/promises');
const { randomUUID } = require('node:crypto');
const path = require('node:path');
const { setTimeout: elapsed } = require('node:timers/promises');
const { codeOf, foreseen } = require('./foreseen.js');

/**
 * @typedef {{ path: string, text: string, mode: number, uid?: number, gid?: number }} TextFile
 *   `path` is behind all symbolic links
 *
 * @param {string} name
 * @returns {Promise<TextFile | undefined>} undefined: there is no such file
 */
async function readTextFile(name) {
  const target = await behindLinks(name);
  let stats;
  try {
    // Before it is opened: opening a pipe waits for its other end.
    stats = await fs.stat(target);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unusable(
      name,
      `cannot be read (${codeOf(error)})`,
      'Check the path and its permissions.',
    );
  }
  if (!stats.isFile()) {
    throw unusable(name, `is ${kind(stats)}, not a regular file`, 'Name a file.');
  }
  const bytes = await fs.readFile(target).catch((error) => {
    throw unusable(name, `cannot be read (${codeOf(error)})`, 'Check its permissions.');
  });
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) {
    // What does not survive the round trip would be damaged by writing it back.
    throw unusable(name, 'is not UTF-8 text', 'Save it as UTF-8: no env file is read otherwise.');
  }
  return { path: target, text, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
}

/**
 * One that is not there yet is empty, and will be its owner's alone.
 * @param {string} name
 * @returns {Promise<TextFile & { isNew: boolean }>}
 */
async function readOrNew(name) {
  const found = await readTextFile(name);
  if (found !== undefined) return { ...found, isNew: false };
  return { path: await behindLinks(name), text: '', mode: 0o600, isNew: true };
}

/**
 * Throws if `file` cannot be put in its place.
 * @param {TextFile} file
 */
async function requireWritable({ path: target }) {
  try {
    await refuseReadOnly(target);
    await fs.access(path.dirname(target), constants.W_OK);
  } catch (error) {
    throw unwritable(target, error);
  }
}

/**
 * Puts `file` in its place, whole or not at all.
 * @param {TextFile} file
 */
async function replaceTextFile({ path: target, text, mode, uid, gid }) {
  const temporary = path.join(
    path.dirname(target),
    `.${path.basename(target)}.${randomUUID()}.tmp`,
  );
  try {
    await refuseReadOnly(target);
    // Nobody else may read it, not even for the moment before it gets its mode.
    const handle = await fs.open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      // Root edits somebody's file, which must stay theirs; anybody else owns it already.
      if (uid !== undefined && gid !== undefined) await handle.chown(uid, gid).catch(() => {});
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renamed(temporary, target);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw unwritable(target, error);
  }
}

/**
 * Windows replaces no file that a program has open, as an editor or a scanner has for a moment.
 * @param {string} from
 * @param {string} to
 */
async function renamed(from, to) {
  for (const pause of PAUSES_MS) {
    try {
      return await fs.rename(from, to);
    } catch (error) {
      if (process.platform !== 'win32' || !HELD.includes(codeOf(error) ?? '')) throw error;
      await elapsed(pause);
    }
  }
  await fs.rename(from, to);
}

const HELD = ['EACCES', 'EBUSY', 'EPERM'];

const PAUSES_MS = [10, 40, 150, 300, 500];

/**
 * A rename asks the folder alone, and would replace a file that is meant to stay as it is.
 * @param {string} target
 */
async function refuseReadOnly(target) {
  await fs.access(target, constants.W_OK).catch((error) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

/**
 * Where a new file would go: a symbolic link may lead to one that is not there yet.
 * @param {string} name
 */
async function behindLinks(name) {
  let target = path.resolve(name);
  for (let links = 0; links < MOST_LINKS; links += 1) {
    try {
      return await fs.realpath(target);
    } catch (error) {
      const next = await fs.readlink(target).catch(() => undefined);
      if (codeOf(error) !== 'ENOENT' || next === undefined) return target;
      target = path.resolve(path.dirname(target), next);
    }
  }
  return target;
}

/** @param {import('node:fs').Stats} stats */
function kind(stats) {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

/** @param {string} target @param {unknown} error */
function unwritable(target, error) {
  if (codeOf(error) === 'ENOENT') {
    const what = `cannot be written: there is no folder ${path.dirname(target)}`;
    return unusable(target, what, 'Make it, or name another file.');
  }
  const advice = 'Check its permissions, and its folder’s.';
  return unusable(target, `cannot be written (${codeOf(error)})`, advice);
}

/** @param {string} name @param {string} what @param {string} advice */
function unusable(name, what, advice) {
  return foreseen('FILE_UNUSABLE', `${name} ${what}. ${advice}`);
}

/** As Linux has it. */
const MOST_LINKS = 40;

module.exports = { readOrNew, readTextFile, replaceTextFile, requireWritable };
