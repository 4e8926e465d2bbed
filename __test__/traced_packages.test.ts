import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

function source(name: string) {
  return readFileSync(path.join(__dirname, '../js', name), 'utf8');
}

/** The package's own files that `name` loads, at once or later. */
function loadedBy(name: string, found: Set<string>) {
  for (const [, required = ''] of source(name).matchAll(/require\('(\.\.?\/[\w/]+\.js)'\)/g)) {
    const next = path.posix.join(path.posix.dirname(name), required);
    if (!found.has(next)) loadedBy(next, found.add(next));
  }
  return found;
}

test('file tracing is told every file that the entry loads', () => {
  const traced = source('index.js').matchAll(
    /readFileSync\(path\.join\(__dirname, '([\w/]+\.js)'\)\)/g,
  );
  // Two that are loaded in ways of their own.
  const roots = ['native.js', 'databricks_cli.js'];
  const loaded = ['index.js', ...roots].reduce((all, root) => loadedBy(root, all), new Set(roots));
  expect([...traced].map(([, name]) => name).sort()).toEqual([...loaded].sort());
});

test('no package for a platform is named where bundlers read', () => {
  expect(source('index.js') + source('native.js')).not.toMatch(/@lakebase-token\/[a-z]/);
});
