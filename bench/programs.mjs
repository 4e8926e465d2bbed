// The programs that are measured, each in a process of its own, and none that outlives this one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The processes under way. */
export const programs = {
  running: new Set(),
  add(child) {
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
    return child;
  },
  endAll() {
    for (const child of this.running) child.kill('SIGKILL');
  },
};

/**
 * Runs the file programs/`name` to its end. Resolves to what it printed, as JSON, and to the time from
 * its spawning to its exit; rejects unless it ended well.
 */
export async function run(name, programArguments, { env, flags = [], timeoutMs = 60_000 }) {
  const startedAt = performance.now();
  const child = start(name, programArguments, { env, flags });
  const timeout = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const printed = { stdout: '', stderr: '' };
  let processMs;
  child.once('exit', () => {
    processMs = performance.now() - startedAt;
  });
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      printed[stream] += text;
    });
  }
  const [status, signal] = await once(child, 'close');
  clearTimeout(timeout);
  if (status !== 0) {
    const command = [name, ...programArguments].join(' ');
    throw new Error(`${command} ended with ${status ?? signal}:\n${printed.stderr}`);
  }
  return { ...JSON.parse(printed.stdout), processMs };
}

function start(name, programArguments, { env, flags }) {
  const file = fileURLToPath(new URL(`programs/${name}`, import.meta.url));
  return programs.add(
    spawn(process.execPath, [...flags, file, ...programArguments], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}
