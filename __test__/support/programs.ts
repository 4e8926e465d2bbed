import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Ended {
  /** The exit code; `null` when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs `source`, an ES module's with top-level `await`, in a Node process of its own that can import
 * the package, and waits for its end. `stdin` is what it can read.
 */
export async function runProgram(
  source: string,
  env: Record<string, string> = {},
  flags: string[] = [],
  stdin = '',
): Promise<Ended> {
  const program = spawn(process.execPath, [...flags, '--input-type=module', '--eval', source], {
    cwd: process.cwd(),
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A program that reads nothing may be gone already.
  program.stdin.on('error', () => {}).end(stdin);
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, stdout, stderr };
}

export interface Program {
  /** Resolves when it has printed a line that `isIt` likes; to the line. Rejects if it ends before. */
  line(isIt: (line: string) => boolean): Promise<string>;
  signal(name: NodeJS.Signals): void;
  pid: number;
  ended: Promise<Ended>;
}

/** Starts such a program and lets it run. */
export function startProgram(source: string, env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: process.cwd(),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  let hasEnded = false;
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    hasEnded = true;
    return { code, signal, stdout, stderr };
  });
  const line = async (isIt: (line: string) => boolean) => {
    for (;;) {
      const found = stdout.split('\n').slice(0, -1).find(isIt);
      if (found !== undefined) return found;
      if (hasEnded) throw new Error(`The program has ended: ${stdout}${stderr}`);
      await Promise.race([ended, once(child.stdout, 'data')]);
    }
  };
  return { line, signal: (name) => void child.kill(name), pid: child.pid ?? 0, ended };
}
