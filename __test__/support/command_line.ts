import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Ended } from './programs';

export const CLI = path.join(process.cwd(), 'js', 'cli.js');

type Env = Record<string, string | undefined>;

/** An empty folder that goes when the test ends, to be the project of a command line. */
export function newFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'lakebase-token-cli-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
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

export async function ended(child: ReturnType<typeof start>): Promise<Ended> {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, stdout, stderr };
}

export function surroundings(): Env {
  const ours = /^(DATABRICKS_|LAKEBASE_|PG|DATABASE_URL$|NO_COLOR$|FORCE_COLOR$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}
