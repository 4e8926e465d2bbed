import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a Databricks CLI of some version does when it is asked for a token; see wire.md. */
export type Behaviour =
  /** From 0.296: knows `--force-refresh`, and says errors in JSON too. */
  | { version: 'current'; lifeMs?: number; cachedLifeMs?: number }
  /** Before: `--force-refresh` is an unknown flag. */
  | { version: '0.250'; lifeMs?: number; cachedLifeMs?: number }
  /** Anything else that it may print and end with. */
  | { stdout?: string; stderr?: string; exitCode?: number; hangs?: boolean };

export interface FakeDatabricks {
  /** To be put in front of `PATH`. */
  readonly folder: string;
  /** The command line of every call. */
  calls(): string[][];
  /** From now on it behaves otherwise. */
  behave(behaviour: Behaviour): void;
}

/** A program called `databricks` in `parent`, whose tokens are `token-1`, `token-2` and so on. */
export function fakeDatabricks(parent: string, behaviour: Behaviour): FakeDatabricks {
  const folder = path.join(parent, 'programs');
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => path.join(folder, name);
  const behave = (next: Behaviour) => writeFileSync(file('behaviour.json'), JSON.stringify(next));
  behave(behaviour);
  writeFileSync(file('databricks'), `#!${process.execPath}\n${PROGRAM}`);
  chmodSync(file('databricks'), 0o755);
  const calls = () =>
    existsSync(file('calls'))
      ? readFileSync(file('calls'), 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  return { folder, behave, calls };
}

// Node runs a file without a suffix as CommonJS.
const PROGRAM = `
const fs = require('node:fs');
const path = require('node:path');
const file = (name) => path.join(__dirname, name);
const line = process.argv.slice(2);
const behaviour = JSON.parse(fs.readFileSync(file('behaviour.json'), 'utf8'));
fs.appendFileSync(file('calls'), JSON.stringify(line) + '\\n');
const say = (stdout, stderr, exitCode) => {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
};
const isForced = line.includes('--force-refresh');
if (behaviour.version === undefined) {
  const { stdout = '', stderr = '', exitCode = 0, hangs = false } = behaviour;
  say(stdout, stderr, exitCode);
  if (hangs) setInterval(() => {}, 1000);
} else if (isForced && behaviour.version !== 'current') {
  say('', 'Error: unknown flag: --force-refresh\\n', 1);
} else {
  const { lifeMs = 3_600_000, cachedLifeMs } = behaviour;
  let held = { number: 0, expiry: 0 };
  try { held = JSON.parse(fs.readFileSync(file('held.json'), 'utf8')); } catch {}
  if (held.number === 0 && cachedLifeMs !== undefined) {
    held = { number: 1, expiry: Date.now() + cachedLifeMs };
  } else if (isForced || held.expiry <= Date.now()) {
    held = { number: held.number + 1, expiry: Date.now() + lifeMs };
  }
  fs.writeFileSync(file('held.json'), JSON.stringify(held));
  const expiry = new Date(held.expiry).toISOString().replace('Z', '+00:00');
  const token = { access_token: 'token-' + held.number, token_type: 'Bearer', expiry };
  say(JSON.stringify(token, null, 2), '', 0);
}
`;
