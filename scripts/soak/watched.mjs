// The process that is watched, from outside.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../support/run.js';
import { until } from '../../support/until.mjs';

/**
 * @typedef {import('./load.mjs').Round} Round
 * @typedef {import('./load.mjs').Done} Done
 */

/** A round without an answer for so long hangs. */
const PATIENCE_MS = 120_000;

/** Longer than an attempt takes, and its connection is kept for the next. */
const LONG_MS = 16_000;

/**
 * @param {import('./load.mjs').Env} env all that it finds there
 * @param {string} folder where there is room for files
 */
export function startWatched(env, folder) {
  const mallocs = preparedMalloc(folder);
  const child = fork(fileURLToPath(new URL('load.mjs', import.meta.url)), {
    env: { ...env, ...mallocs.env },
    execArgv: ['--expose-gc', '--max-semi-space-size=2'],
    serialization: 'advanced',
  });
  process.on('exit', () => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const ended = exit.then(([code, signal]) => {
    throw new Error(`The process that is watched ended with ${signal ?? code}.`);
  });
  ended.catch(() => {});
  const descriptors = descriptorsOf(Number(child.pid));
  return {
    /** Resolves when it is at rest. @param {Round} round @returns {Promise<Done>} */
    async run(round) {
      const patience = AbortSignal.timeout(PATIENCE_MS);
      child.send(round);
      const [done] = await Promise.race([once(child, 'message', { signal: patience }), ended]);
      return done;
    },
    /** What Linux and malloc count of it. */
    outside: async () => ({
      ...ofLinux(Number(child.pid)),
      'memory of malloc in use': await mallocs.inUse(),
      'descriptors open for long': descriptors(),
    }),
    /** It has to end by itself: what is wrong with how it does. */
    async end() {
      const deadline = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      child.send('end');
      const [code, signal] = await exit;
      clearTimeout(deadline);
      return code === 0 ? undefined : `The process that is watched ended with ${signal ?? code}.`;
    },
  };
}

/** @param {number} pid */
function ofLinux(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { 'memory (RSS)': of('VmRSS') * 1024, threads: of('Threads') };
}

/** @param {string} folder */
function preparedMalloc(folder) {
  const library = path.join(folder, 'malloc_in_use.so');
  const file = path.join(folder, 'malloc_in_use');
  const source = fileURLToPath(new URL('malloc_in_use.c', import.meta.url));
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-pthread'];
  run('cc', [...flags, '-o', library, source]);
  writeFileSync(file, Buffer.alloc(16));
  const told = () => {
    const bytes = readFileSync(file);
    return { times: bytes.readBigUInt64LE(0), bytes: Number(bytes.readBigUInt64LE(8)) };
  };
  return {
    env: { LD_PRELOAD: library, MALLOC_IN_USE: file },
    async inUse() {
      const before = told().times;
      // The first may have been counted before.
      await until(() => told().times >= before + 2n);
      return told().bytes;
    },
  };
}

/** How many are open that were so long ago already. @param {number} pid */
function descriptorsOf(pid) {
  /** @type {Map<string, number>} */
  let since = new Map();
  return () => {
    const now = performance.now();
    const folder = `/proc/${pid}/fd`;
    const open = readdirSync(folder).flatMap((number) => {
      try {
        // Of a socket this has a number that no other has.
        return [`${number} ${readlinkSync(`${folder}/${number}`)}`];
      } catch {
        return []; // It has been closed meanwhile.
      }
    });
    since = new Map(open.map((one) => [one, since.get(one) ?? now]));
    return [...since.values()].filter((at) => now - at >= LONG_MS).length;
  };
}
