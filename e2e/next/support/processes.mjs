// Programs that end with this one: each is a process group of its own, which is killed as a whole.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const running = new Set();

/**
 * Runs a program to its end.
 * @returns {Promise<{ code: number | null, output: string }>}
 */
export async function run(command, line, options) {
  const program = start(command, line, options);
  const deadline = setTimeout(program.kill, PATIENCE_MS);
  const code = await program.ended;
  clearTimeout(deadline);
  return { code, output: program.output() };
}

/** The same, of a program that must succeed; what it printed is told if it does not. */
export async function runWell(command, line, options) {
  const { code, output } = await run(command, line, options);
  if (code === 0) return output;
  throw new Error(`${command} ${line.join(' ')} ended with ${code}:\n${output}`);
}

/**
 * Starts a server on a port that it chooses itself, and reads the address from what it prints.
 * @returns {Promise<{ url: string, output: () => string, stop: () => Promise<void> }>}
 */
export async function serve(command, line, options) {
  const server = start(command, line, options);
  const url = await until(
    () => /http:\/\/127\.0\.0\.1:\d+/.exec(server.output())?.[0],
    () => server.hasEnded() && `${line.join(' ')} ended:\n${server.output()}`,
  );
  return { url, output: server.output, stop: server.stop };
}

/**
 * Asks again and again until there is an answer.
 * @template T
 * @param {() => T | Promise<T>} ask
 * @param {() => string | false} hopeless why no answer can come any more
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(ask, hopeless = () => false) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    const why = hopeless() || (performance.now() > deadline && `Waited in vain for ${ask}`);
    if (why) throw new Error(why);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
}

export async function stopEverything() {
  await Promise.all([...running].map((program) => program.stop()));
}

function start(command, line, { cwd, env }) {
  const child = spawn(command, line, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  child.on('error', (error) => {
    output += error.message;
  });
  let hasEnded = false;
  const ended = once(child, 'close').then(
    ([code]) => code,
    () => null,
  );
  const program = {
    ended: ended.finally(() => {
      hasEnded = true;
      running.delete(program);
    }),
    output: () => output,
    hasEnded: () => hasEnded,
    kill: () => killGroup(child.pid),
    async stop() {
      program.kill();
      await program.ended;
    },
  };
  running.add(program);
  return program;
}

function killGroup(pid) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

process.on('exit', () => {
  for (const program of running) program.kill();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** More than the slowest build needs on the slowest machine: only what hangs is ended. */
const PATIENCE_MS = 300_000;
const BETWEEN_LOOKS_MS = 50;
