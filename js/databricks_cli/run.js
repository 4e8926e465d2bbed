// Runs the Databricks CLI, within limits. It neither keeps this process alive nor outlives it.
'use strict';

const { spawn } = process.getBuiltinModule?.('node:child_process') ?? require('node:child_process');
const { cliProgram } = require('./program.js');

/**
 * @typedef {import('node:child_process').ChildProcess} ChildProcess
 * @typedef {import('./whom.js').Whom} Whom
 *
 * How a run ended. `absent`: there is no such program; `unstarted`: it cannot be run; `overdue` and `flood`:
 * it was killed. `exitCode` is `null` after a signal.
 * @typedef {{ kind: 'absent', code: string, named?: string }
 *   | { kind: 'unstarted', code: string, named?: string }
 *   | { kind: 'overdue', limitMs: number }
 *   | { kind: 'flood', stream: 'stdout' | 'stderr' }
 *   | Exited} Ended
 *
 * @typedef {{ kind: 'exited', exitCode: number | null, stdout: string, stderr: string }} Exited
 */

/**
 * `onStart` and `onEnd` hear of the process, which is left to itself where its thread is terminated.
 * @typedef {object} Question
 * @property {Whom} whom
 * @property {NodeJS.ProcessEnv} env
 * @property {number} limitMs
 * @property {(pid: number) => void} [onStart]
 * @property {(pid: number) => void} [onEnd]
 *
 * @param {Question} question
 * @param {string[]} flags
 * @returns {Promise<Ended>}
 */
async function runCli({ whom, env, ...question }, flags) {
  /** @type {string | undefined} */
  let named;
  try {
    const program = cliProgram(env);
    named = program.named;
    if (program.file === undefined)
      return { kind: 'absent', code: program.code ?? 'ENOENT', named };
    // No shell: a profile may be called anything. Its input is closed below and no /dev/null, which looks like
    // a terminal to some: it must not wait for an answer to a question.
    /** @satisfies {import('node:child_process').SpawnOptions} */
    const options = { env: surroundings(whom, env), stdio: 'pipe', windowsHide: true };
    return await endOf(spawn(program.file, [...line(whom), ...flags], options), question);
  } catch (error) {
    const { code, name } = /** @type {NodeJS.ErrnoException} */ (error);
    return { kind: 'unstarted', code: code ?? name, named };
  }
}

/**
 * Never with both: they may disagree, and tokens of a profile and of its host are kept apart.
 * @param {Whom} whom
 */
function line({ profile, host }) {
  const place = profile === undefined ? ['--host', String(host)] : ['--profile', profile];
  return ['auth', 'token', ...place, '-o', 'json'];
}

/**
 * The CLI takes a profile that is named there before the host: it may be one of another workspace.
 * @param {Whom} whom
 * @param {NodeJS.ProcessEnv} env
 */
function surroundings({ profile }, env) {
  if (profile !== undefined) return env;
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name.toUpperCase() !== 'DATABRICKS_CONFIG_PROFILE'),
  );
}

/**
 * Rejects if it did not start.
 * @param {ChildProcess} child
 * @param {Pick<Question, 'limitMs' | 'onStart' | 'onEnd'>} question
 * @returns {Promise<Ended>}
 */
async function endOf(child, { limitMs, onStart, onEnd }) {
  /** @type {NodeJS.Timeout[]} */
  const timers = [];
  const { pid } = child;
  begun(child);
  if (pid !== undefined) onStart?.(pid);
  try {
    return await new Promise((resolve, reject) => {
      const stop = stopper(child, timers, resolve);
      const flooded = (/** @type {'stdout' | 'stderr'} */ stream) => () =>
        stop({ kind: 'flood', stream });
      const stdout = gathered(child.stdout, MOST_STDOUT, flooded('stdout'));
      const stderr = gathered(child.stderr, MOST_STDERR, flooded('stderr'));
      timers.push(setTimeout(() => stop({ kind: 'overdue', limitMs }), limitMs).unref());
      child.on('error', (error) => {
        // Others come of killing one that is not ours to kill.
        if (child.pid === undefined) reject(error);
      });
      const ended = (/** @type {number | null} */ exitCode) =>
        resolve({ kind: 'exited', exitCode, stdout: stdout(), stderr: stderr() });
      child.once('close', ended);
      // A program of its own may go on, and hold its output open.
      child.once('exit', (exitCode) => {
        timers.push(setTimeout(ended, REST_MS, exitCode).unref());
      });
      unhold(child);
    });
  } finally {
    timers.forEach(clearTimeout);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    over(child);
    if (pid !== undefined) onEnd?.(pid);
  }
}

/**
 * Kills it, and resolves when it is gone: programs of its own may go on, and hold its output open.
 * @param {ChildProcess} child
 * @param {NodeJS.Timeout[]} timers
 * @param {(ended: Ended) => void} resolve
 */
function stopper(child, timers, resolve) {
  let isStopped = false;
  return (/** @type {Ended} */ ended) => {
    if (isStopped) return;
    isStopped = true;
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve(ended);
      return;
    }
    child.once('exit', () => resolve(ended));
    child.kill('SIGTERM');
    timers.push(setTimeout(() => child.kill('SIGKILL'), MERCY_MS).unref());
  };
}

/**
 * What `stream` has said when it is asked for.
 * @param {import('node:stream').Readable | null} stream
 * @param {number} most
 * @param {() => void} tooMuch
 */
function gathered(stream, most, tooMuch) {
  /** @type {Buffer[]} */
  const chunks = [];
  let size = 0;
  stream?.on('data', (chunk) => {
    size += chunk.length;
    if (size > most) tooMuch();
    else chunks.push(chunk);
  });
  stream?.on('error', () => {});
  return () => Buffer.concat(chunks).toString('utf8');
}

/** @param {ChildProcess} child */
function unhold(child) {
  const { stdin, stdout, stderr } = child;
  stdin?.on('error', () => {});
  stdin?.end();
  child.unref();
  for (const stream of [stdin, stdout, stderr]) {
    // It is a socket, as far as Node makes it.
    /** @type {Partial<import('node:net').Socket> | null} */ (stream)?.unref?.();
  }
}

/** @type {Set<ChildProcess>} One listener is for all of them: many would be warned of. */
const running = new Set();

/** @param {ChildProcess} child */
function begun(child) {
  if (running.size === 0) process.on('exit', killAll);
  running.add(child);
}

/** @param {ChildProcess} child */
function over(child) {
  running.delete(child);
  if (running.size === 0) process.off('exit', killAll);
}

function killAll() {
  // Nobody is left to see whether it heeds another signal.
  for (const child of running) child.kill('SIGKILL');
}

/** The longest answers have 10 KiB; what floods is not the CLI. */
const MOST_STDOUT = 512 * 1024;
const MOST_STDERR = 64 * 1024;

/** For what it has said before its end, and is still on the way. */
const REST_MS = 250;

/** For a CLI that is told to end, to leave its files as they should be. */
const MERCY_MS = 1_000;

module.exports = { runCli };
