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
 * the package, and waits for its end.
 */
export async function runProgram(
  source: string,
  env: Record<string, string> = {},
  flags: string[] = [],
): Promise<Ended> {
  const program = spawn(process.execPath, [...flags, '--input-type=module', '--eval', source], {
    cwd: process.cwd(),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, stdout, stderr };
}
