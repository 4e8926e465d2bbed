// The README's chapter "Testing your app", run as it is written in apps of their own: vitest 4 and 5, in
// forks and in threads, and its types.
//
//   npm run check [-- [--only TEXT] TARBALL...]        in this folder or with --prefix; non-zero if it fails
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runChecks } from '../../support/checks.mjs';
import { installApp } from './app.mjs';

const VERSIONS = ['vitest-4', 'vitest-5'];
const POOLS = ['forks', 'threads'];
const RESOLUTIONS = ['nodenext', 'bundler'];

const SPEC = 'readme.test.ts';
const MOCKS = {
  'automatic_mock.test.ts': 'a mocked token',
  'mock_of_a_factory.test.ts': 'a token of a factory',
  'no_mock.test.ts': 'no token without a workspace',
};

const chapter = codeOf(readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8'));
const title = /^test\('(.+)',/m.exec(chapter)[1];

await runChecks((await Promise.all(VERSIONS.map(checksOf))).flat());

async function checksOf(version) {
  const app = await installApp(version);
  const withPool = (what, check) =>
    POOLS.map((pool) => ({
      name: `${version}, in ${pool}: ${what}`,
      run: () => check(app, pool),
    }));
  const withResolution = (what, check) =>
    RESOLUTIONS.map((resolution) => ({
      name: `${version}, ${resolution}: ${what}`,
      run: () => check(app, resolution),
    }));
  return [
    ...withResolution("the types of the README's test", typesAreRight),
    ...withPool("the README's test", testPasses),
    ...withPool('mocks', mocksPass),
    // So that it is seen that these can fail.
    ...withPool('the same test of a workspace that refuses', testOfARefusalFails),
    ...withResolution('the types of a fault that there is not', typesAreWrong),
  ];
}

async function typesAreRight(app, resolution) {
  app.write(SPEC, chapter);
  assert.equal(await app.typeErrors(resolution), '');
}

async function testPasses(app, pool) {
  app.write(SPEC, chapter);
  const { code, outcomes, reasons } = await app.tests(pool, SPEC);
  assert.deepEqual([code, outcomes], [0, [[title, 'passed']]], reasons);
}

async function mocksPass(app, pool) {
  const { code, outcomes, reasons } = await app.tests(pool, ...Object.keys(MOCKS));
  const expected = Object.values(MOCKS).map((name) => [name, 'passed']);
  assert.deepEqual([code, outcomes.sort()], [0, expected.sort()], reasons);
}

async function testOfARefusalFails(app, pool) {
  app.write(SPEC, withFault('notFound'));
  const { code, outcomes, reasons } = await app.tests(pool, SPEC);
  assert.deepEqual([code, outcomes], [1, [[title, 'failed']]]);
  assert.match(reasons, /answered 404 NOT_FOUND/);
}

async function typesAreWrong(app, resolution) {
  app.write(SPEC, withFault('unheard-of'));
  assert.match(await app.typeErrors(resolution), /readme\.test\.ts.*TS2345.*unheard-of/);
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
