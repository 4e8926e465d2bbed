import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { targets } from '../scripts/targets.js';

function source(name: string) {
  return readFileSync(path.join(__dirname, '../js', name), 'utf8');
}

/** The package's own files that `name` loads, at once or later. */
function loadedBy(name: string, found = new Set<string>()) {
  for (const [, next = ''] of source(name).matchAll(/require\('\.\/(\w+\.js)'\)/g)) {
    if (!found.has(next)) loadedBy(next, found.add(next));
  }
  return found;
}

test('the file tracing of webpack is told every platform there is a binary for', () => {
  const traced = [...source('native.js').matchAll(/require\.resolve\('@lakebase-token\/(.+)'\)/g)];
  expect(traced.map(([, name]) => name)).toEqual(targets.map(({ name }) => name));
});

test('the file tracing of Turbopack is told every file that the entry loads', () => {
  const traced = source('index.js').matchAll(
    /readFileSync\(path\.join\(__dirname, '(\w+\.js)'\)\)/g,
  );
  expect([...traced].map(([, name]) => name).sort()).toEqual([...loadedBy('index.js')].sort());
});
