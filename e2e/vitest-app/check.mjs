// The README's chapter "Testing your app", run as it is written in apps of their own: vitest 4 and 5, in
// forks and in threads, and its types.
//
//   npm run check -- TARBALL...        in this folder or with --prefix; non-zero if it fails
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App } from './app.mjs';

const VERSIONS = ['vitest-4', 'vitest-5'];
const POOLS = ['forks', 'threads'];
const RESOLUTIONS = ['nodenext', 'bundler'];

const SPEC = 'readme.test.ts';
const MOCKS = {
  'automatic_mock.test.ts': 'a mocked token',
  'mock_of_a_factory.test.ts': 'a token of a factory',
  'no_mock.test.ts': 'no token without a workspace',
};

const named = process.argv.slice(2);
if (named.length === 0) {
  console.error('Usage: npm run check -- TARBALL...');
  process.exit(2);
}
// npm runs this in its own folder, whichever folder the names were given in.
const tarballs = named.map((file) => path.resolve(process.env.INIT_CWD ?? '', file));

const chapter = codeOf(readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8'));
const title = /^test\('(.+)',/m.exec(chapter)[1];

for (const version of VERSIONS) {
  const app = new App(version, tarballs);
  try {
    check(app);
    console.log(`${version}: the README's test and the mocks pass in ${POOLS.join(' and ')}.`);
  } finally {
    app.remove();
  }
}

function check(app) {
  app.write(SPEC, chapter);
  for (const resolution of RESOLUTIONS) {
    assert.equal(app.typeErrors(resolution), '', resolution);
  }
  for (const pool of POOLS) {
    const { status, outcomes, reasons } = app.tests(pool, SPEC);
    assert.deepEqual([status, outcomes], [0, [[title, 'passed']]], reasons);
    checkMocks(app, pool);
  }
  checkThatItCanFail(app);
}

function checkMocks(app, pool) {
  const { status, outcomes, reasons } = app.tests(pool, ...Object.keys(MOCKS));
  const expected = Object.values(MOCKS).map((name) => [name, 'passed']);
  assert.deepEqual([status, outcomes.sort()], [0, expected.sort()], reasons);
}

/** The same chapter, with a workspace that refuses for good, and with a fault that there is not. */
function checkThatItCanFail(app) {
  app.write(SPEC, withFault('notFound'));
  for (const pool of POOLS) {
    const { status, outcomes, reasons } = app.tests(pool, SPEC);
    assert.deepEqual([status, outcomes], [1, [[title, 'failed']]]);
    assert.match(reasons, /answered 404 NOT_FOUND/);
  }
  app.write(SPEC, withFault('unheard-of'));
  for (const resolution of RESOLUTIONS) {
    assert.match(app.typeErrors(resolution), /readme\.test\.ts.*TS2345.*unheard-of/);
  }
}

function withFault(name) {
  const changed = chapter.replace("'unavailable'", `'${name}'`);
  assert.notEqual(changed, chapter);
  return changed;
}

/** The code of the chapter. */
function codeOf(readme) {
  const [, text] = readme.split('\n## Testing your app\n');
  return /^```ts\n(.*?)^```$/ms.exec(text)[1];
}
