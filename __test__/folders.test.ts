// The arrows between the folders of JavaScript: what several of them need is in support/, and nobody
// reaches into the tests or into a neighbour. tests/architecture.rs does the same for src/.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** What the files of each folder may name, besides those of the same folder and of the root. */
const ALLOWED: Record<string, string[]> = {
  js: [],
  support: ['js'],
  scripts: ['js', 'support'],
  __test__: ['js', 'scripts', 'support'],
  bench: ['js', 'scripts', 'support'],
  'e2e/bundlers': ['support'],
  // Has the Dockerfiles of the examples for a subject.
  'e2e/containers': ['examples', 'scripts', 'support'],
  'e2e/hostile': ['support'],
  // Publishes as many packages as there are targets.
  'e2e/layouts': ['scripts', 'support'],
  // Has the benchmark's recipe for a subject.
  'e2e/migrating': ['bench', 'support'],
  // Has the example for a subject.
  'e2e/next': ['examples/nextjs', 'scripts', 'support'],
  // Has the emulator of this checkout for a subject.
  'e2e/peers': ['js'],
  'e2e/runtimes': ['support'],
  'e2e/telemetry': ['support'],
  'e2e/vitest-app': ['support'],
  examples: ['support'],
  'examples/drivers': ['support'],
  // Its demo sets itself up.
  'examples/nextjs': ['scripts', 'support'],
};

test('folders name only what they may', () => {
  const excess = [...arrows()].filter((arrow) => {
    const [from = '', to = ''] = arrow.split(' → ');
    return !ALLOWED[from]?.includes(to);
  });
  expect(excess).toEqual([]);
});

test('nobody else names the tests, in whatever way', () => {
  const others = files().filter((file) => folderOf(file) !== '__test__');
  expect(others.filter((file) => readFileSync(file, 'utf8').includes('__test__'))).toEqual([]);
});

test('an arrow would be found', () => {
  expect([...arrows()]).toEqual(
    expect.arrayContaining(['__test__ → js', 'e2e/runtimes → support', 'bench → scripts']),
  );
  expect(named('e2e/next/check.mjs', "path.join(here, '../layouts')")).toEqual(['e2e/layouts']);
  expect(named('examples/demo.js', "require('../__test__/one')")).toEqual(['__test__']);
});

function arrows(): Set<string> {
  return new Set(
    files().flatMap((file) =>
      named(file, readFileSync(file, 'utf8')).map((to) => `${folderOf(file)} → ${to}`),
    ),
  );
}

function files(): string[] {
  return FOLDERS.flatMap(filesIn);
}

/** The other folders to which the relative paths in a text lead, imported or not. */
function named(file: string, text: string): string[] {
  return [...text.matchAll(/(['"`])(\.\.?\/[^'"`\n]*)\1/g)]
    .map(([, , relative]) => path.posix.join(path.posix.dirname(file), String(relative)))
    .map(folderOf)
    .filter((to) => to !== folderOf(file) && to !== '.' && existsSync(to));
}

/** `bench`, `e2e/next`: those below e2e and examples are neighbours. `.` is the root. */
function folderOf(file: string): string {
  const [first = '', second = '', third] = file.replace(/\/$/, '').split('/');
  if (!FOLDERS.includes(first)) return '.';
  const isApart = first === 'e2e' || first === 'examples';
  const isFile = third === undefined && second.includes('.');
  return isApart && second !== '' && !isFile ? `${first}/${second}` : first;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const place = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return MADE.includes(entry.name) ? [] : filesIn(place);
    return /\.([cm]?js|tsx?)$/.test(entry.name) ? [place] : [];
  });
}

const FOLDERS = ['js', 'support', 'scripts', '__test__', 'bench', 'e2e', 'examples'];

/** Folders that are none of ours. */
const MADE = ['node_modules', '.next', 'generated', 'artifacts'];
