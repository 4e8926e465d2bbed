import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { onTestFinished, TestRunner, vi } from 'vitest';
import { hasScripts, isWindows, LAUNCHER } from './platform';

/** What a Databricks CLI of some version does when it is asked for a token; see wire.md. */
export type Behaviour =
  /** From 0.296: knows `--force-refresh`, and says errors in JSON too. */
  | { version: 'current'; lifeMs?: number; cachedLifeMs?: number; forced?: Ending; token?: string }
  /** Before: `--force-refresh` is an unknown flag. */
  | { version: '0.250'; lifeMs?: number; cachedLifeMs?: number }
  /** Anything else that it may print and end with; `first`: the first time that it is called. */
  | (Ending & { first?: Ending });

export interface Ending {
  stdout?: string;
  stderr?: string;
  exitCode?: number;
  /** It does not end by itself; `deaf`: nor when it is asked to. */
  hangs?: boolean | 'deaf';
  /** It leaves a program behind that holds its output open for a while. */
  leaves?: boolean;
  /** It prints there without end. */
  floods?: 'stdout' | 'stderr';
}

export interface FakeDatabricks {
  /** To be put in front of `PATH`. */
  readonly folder: string;
  /** The program itself. */
  readonly file: string;
  /** The command line of every call. */
  calls(): string[][];
  /** The process of every call, and the profile that its environment names. */
  runs(): { pid: number; profile?: string }[];
  /** From now on it behaves otherwise. */
  behave(behaviour: Behaviour): void;
}

/** A program called `databricks` in `parent`, whose tokens are `token-1`, `token-2` and so on. */
export function fakeDatabricks(parent: string, behaviour: Behaviour): FakeDatabricks {
  const folder = path.join(parent, 'programs');
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => path.join(folder, name);
  const program = file(isWindows ? 'databricks.exe' : 'databricks');
  const behave = (next: Behaviour) => writeFileSync(file('behaviour.json'), JSON.stringify(next));
  behave(behaviour);
  writeFileSync(file('databricks'), `#!${process.execPath}\n${PROGRAM}`);
  chmodSync(file('databricks'), 0o755);
  if (!hasScripts) TestRunner.getCurrentTest()?.context.skip('no script is a program here');
  if (isWindows) copyFileSync(LAUNCHER, program);
  // What follows the last line's end is still being written.
  const lines = (name: string) =>
    existsSync(file(name))
      ? readFileSync(file(name), 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line))
      : [];
  const runs = (): { pid: number; profile?: string }[] => lines('runs');
  // What hangs outlives a process that a signal ends, as it does that of these tests.
  onTestFinished(() => {
    for (const { pid } of runs().filter(({ pid }) => isRunning(pid))) process.kill(pid, 'SIGKILL');
  });
  return { folder, file: program, behave, calls: () => lines('calls'), runs };
}

/** Not of what has ended and whose parent has not asked for its end yet. */
export function isRunning(pid: number) {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Resolves when none of its runs goes on. */
export async function allEnded({ runs }: { runs(): { pid: number }[] }) {
  await vi.waitUntil(() => runs().every(({ pid }) => !isRunning(pid)), { timeout: 10_000 });
}

// Node runs a file without a suffix as CommonJS.
const PROGRAM = `
const fs = require('node:fs');
const path = require('node:path');
const file = (name) => path.join(__dirname, name);
const line = process.argv.slice(2);
const behaviour = JSON.parse(fs.readFileSync(file('behaviour.json'), 'utf8'));
const isForced = line.includes('--force-refresh');
const isFirst = !fs.existsSync(file('calls'));
const say = (stdout, stderr, exitCode) => {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
};
const end = ({ stdout = '', stderr = '', exitCode = 0, hangs = false, leaves, floods }) => {
  if (leaves) {
    const line = ['-e', 'setTimeout(() => {}, 8000)'];
    require('node:child_process').spawn(process.execPath, line, { stdio: 'inherit' }).unref();
  }
  if (hangs === 'deaf') process.on('SIGTERM', () => {});
  say(stdout, stderr, exitCode);
  if (hangs) setInterval(() => {}, 1000);
  if (floods) setInterval(() => process[floods].write('canary '.repeat(10_000)), 1);
};
const answer = ({ lifeMs = 3_600_000, cachedLifeMs, token: own }) => {
  let held = { number: 0, expiry: 0 };
  try { held = JSON.parse(fs.readFileSync(file('held.json'), 'utf8')); } catch {}
  if (held.number === 0 && cachedLifeMs !== undefined) {
    held = { number: 1, expiry: Date.now() + cachedLifeMs };
  } else if (isForced || held.expiry <= Date.now()) {
    held = { number: held.number + 1, expiry: Date.now() + lifeMs };
  }
  fs.writeFileSync(file('held.json'), JSON.stringify(held));
  const expiry = new Date(held.expiry).toISOString().replace('Z', '+00:00');
  const token = { access_token: own ?? 'token-' + held.number, token_type: 'Bearer', expiry };
  say(JSON.stringify(token, null, 2), '', 0);
};
if (behaviour.version === undefined) {
  end((isFirst && behaviour.first) || behaviour);
} else if (isForced && behaviour.version !== 'current') {
  end({ stderr: 'Error: unknown flag: --force-refresh\\n', exitCode: 1 });
} else if (isForced && behaviour.forced) {
  end(behaviour.forced);
} else {
  answer(behaviour);
}
// Last: whoever finds it here may tell it to end.
const { pid, env } = process;
fs.appendFileSync(file('runs'), JSON.stringify({ pid, profile: env.DATABRICKS_CONFIG_PROFILE }) + '\\n');
fs.appendFileSync(file('calls'), JSON.stringify(line) + '\\n');
`;
