// Programs that end with this one: each is a process group of its own, which is killed as a whole.
import { spawn } from 'node:child_process';
import { PATIENCE_MS, until } from './until.mjs';

/**
 * @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv }} Place
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null, stdout: string, stderr: string }} Ended
 *
 * @typedef {object} Program
 * @property {Promise<Ended>} ended
 * @property {() => string} output
 * @property {() => boolean} hasEnded
 * @property {(signal: NodeJS.Signals) => void} signal
 * @property {() => Promise<unknown>} stop
 */

/** @type {Set<Program>} */
const running = new Set();

/**
 * Runs a program to its end, which comes after `patienceMs` at the latest.
 * @param {string} command
 * @param {string[]} line
 * @param {Place & { patienceMs?: number }} [options]
 * @returns {Promise<Ended>}
 */
export async function run(command, line, { patienceMs = PATIENCE_MS, ...place } = {}) {
  const program = start(command, line, place);
  const deadline = setTimeout(program.stop, patienceMs);
  const ended = await program.ended;
  clearTimeout(deadline);
  return ended;
}

/**
 * What a program printed that must succeed; if it does not, that is told.
 * @param {string} command
 * @param {string[]} line
 * @param {Place} [place]
 */
export async function runWell(command, line, place) {
  const { code, signal, stdout, stderr } = await run(command, line, place);
  if (code === 0) return stdout + stderr;
  throw new Error(`${command} ${line.join(' ')} ended with ${signal ?? code}:\n${stdout}${stderr}`);
}

/**
 * Starts a server on a port that it chooses itself, and reads the address from what it prints.
 * @param {string} command
 * @param {string[]} line
 * @param {Place} place
 * @returns {Promise<Program & { url: string }>}
 */
export async function serve(command, line, place) {
  const server = start(command, line, place);
  const url = await until(
    () => /http:\/\/(127\.0\.0\.1|localhost):\d+/.exec(server.output())?.[0],
    () => server.hasEnded() && `${command} ${line.join(' ')} ended:\n${server.output()}`,
  );
  return { ...server, url };
}

export async function stopEverything() {
  await Promise.all([...running].map((program) => program.stop()));
}

/**
 * @param {string} command
 * @param {string[]} line
 * @param {Place} place
 */
function start(command, line, { cwd, env }) {
  const child = spawn(command, line, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
    child[stream].setEncoding('utf8').on('data', (chunk) => {
      said[stream] += chunk;
    });
  }
  let hasEnded = false;
  /** @type {Promise<Ended>} */
  const ended = new Promise((resolve) => {
    const end = (/** @type {Pick<Ended, 'code' | 'signal'>} */ how) => {
      hasEnded = true;
      running.delete(program);
      resolve({ ...how, ...said });
    };
    child.once('error', (error) => {
      said.stderr += error.message;
      end({ code: null, signal: null });
    });
    child.once('close', (code, signal) => end({ code, signal }));
  });
  const signal = (/** @type {NodeJS.Signals} */ name) => signalGroup(child.pid, name);
  /** @type {Program} */
  const program = {
    ended,
    output: () => said.stdout + said.stderr,
    hasEnded: () => hasEnded,
    signal,
    stop() {
      signal('SIGKILL');
      // Whoever left its group holds them open.
      child.stdout.destroy();
      child.stderr.destroy();
      return ended;
    },
  };
  running.add(program);
  return program;
}

/**
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} name
 */
function signalGroup(pid, name) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

process.on('exit', () => {
  for (const program of running) program.signal('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
