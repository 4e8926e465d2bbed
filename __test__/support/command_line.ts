import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Ended } from './programs';

export const CLI = path.join(process.cwd(), 'js', 'cli.js');

/** A command that does nothing, and does it well. */
export const TRUE = [process.execPath, '-e', 'true'];

type Env = Record<string, string | undefined>;

/** An empty folder that goes when the test ends, to be the project of a command line. */
export function newFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'lakebase-token-cli-')));
  // On Windows a program that is about to end keeps its file until then.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 15 }));
  return folder;
}

/** Starts `lakebase-token` in `cwd`, without the variables of whoever runs the tests. */
export function start(line: string[], { cwd, env = {} }: { cwd: string; env?: Env }) {
  const child = spawn(process.execPath, [CLI, ...line], {
    cwd,
    env: { ...surroundings(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // One that a failing test leaves behind.
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

export async function run(line: string[], place: { cwd: string; env?: Env }): Promise<Ended> {
  return ended(start(line, place));
}

export async function ended(
  child: ChildProcess & { stdout: Readable; stderr: Readable },
): Promise<Ended> {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, stdout, stderr };
}

/** util-linux: runs a command on a terminal of its own. */
export const hasScript = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

/**
 * Runs `lakebase-token` on a terminal, of which stdout is all that it shows. Each answer is given as soon as the text
 * before it is there; a function does something first.
 */
export async function onTerminal(
  line: string[],
  { cwd, env = {}, columns }: { cwd: string; env?: Env; columns?: number },
  answers: [after: string, answer: string | (() => string)][] = [],
): Promise<Ended> {
  const program = [process.execPath, CLI, ...line].map((word) => `'${word}'`).join(' ');
  const command = columns === undefined ? program : `stty cols ${columns} && ${program}`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd,
    env: { ...surroundings(), TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const left = [...answers];
  let shown = '';
  child.stdout.on('data', (data) => {
    shown += data;
    const [next] = left;
    if (next === undefined || !shown.includes(next[0])) return;
    left.shift();
    shown = '';
    child.stdin.write(typeof next[1] === 'string' ? next[1] : next[1]());
  });
  return ended(child);
}

export function surroundings(): Env {
  const ours = /^(DATABRICKS_|LAKEBASE_|PG|DATABASE_URL$|NO_COLOR$|FORCE_COLOR$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}
