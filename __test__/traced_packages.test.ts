import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const { targets } = require('../scripts/targets.js') as { targets: { name: string }[] };

test('the file tracing of webpack is told every platform there is a binary for', () => {
  const loader = readFileSync(path.join(__dirname, '../js/native.js'), 'utf8');
  const traced = [...loader.matchAll(/require\.resolve\('@lakebase-token\/(.+)'\)/g)];
  expect(traced.map(([, name]) => name)).toEqual(targets.map(({ name }) => name));
});
