// `npm run suite -- TARGET [FILE...]`: the repository's own tests, or those of files with these names, with a
// target's Node and the binary of dist/, in a copy of the checkout that has that platform's packages.
'use strict';

const { spawnSync } = require('node:child_process');
const { cpSync, readFileSync, rmSync } = require('node:fs');
const path = require('node:path');
const { DIST } = require('../../support/dist.js');
const { inSight, npm, run } = require('../../support/run.js');
const { nodeOf } = require('../cross/nodes.js');
const { windowsProgram } = require('../cross/tools.js');
const { ROOT } = require('../root.js');
const { asNpmSays, targetNamed } = require('../targets.js');

/** @param {string} name of a target @param {string[]} [named] */
function suite(name, named = []) {
  const files = run('git', ['ls-files', '-z'], { cwd: ROOT }).split('\0').filter(Boolean);
  const copy = copied(files, targetNamed(name));
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'forks'];
  const line = [...nodeOf(name), ...vitest];
  if (name.startsWith('win32')) {
    const tests = files.filter((file) => /^(?!e2e\/).*\.test\.ts$/.test(file));
    const isNamed = (/** @type {string} */ file) => named.some((part) => file.includes(part));
    oneByOne(copy, line, named.length > 0 ? tests.filter(isNamed) : tests);
  } else {
    const [command = '', ...words] = [...line, ...named];
    run(command, words, { cwd: copy, ...inSight, env: environment(copy, name, command) });
  }
}

/**
 * Each file in a Wine of its own, which does not last for all of them, with a Postgres of this machine's beside it.
 * @param {string} copy
 * @param {string[]} line
 * @param {string[]} files
 */
function oneByOne(copy, line, files) {
  windowsProgram('script_launcher.c', path.join(copy, 'target', 'script_launcher.exe'));
  const besidePostgres = [process.execPath, path.join(__dirname, 'beside_postgres.js')];
  const failed = files.filter((file) => {
    const hasPostgres = readFileSync(path.join(copy, file), 'utf8').includes('startPostgres');
    const [command = '', ...words] = [...(hasPostgres ? besidePostgres : []), ...line, file];
    return spawnSync(command, words, { cwd: copy, ...inSight }).status !== 0;
  });
  if (failed.length > 0) throw new Error(`There are tests that fail in ${failed.join(', ')}.`);
}

/**
 * The folder of these files, with packages and a binary for that target.
 * @param {string[]} files
 * @param {import('../targets.js').Target} target
 */
function copied(files, target) {
  const { name } = target;
  const copy = path.join(ROOT, 'target', 'suites', name);
  rmSync(copy, { recursive: true, force: true });
  for (const file of files) cpSync(path.join(ROOT, file), path.join(copy, file));
  const binary = `lakebase-token.${name}.node`;
  cpSync(path.join(DIST, 'binaries', binary), path.join(copy, binary));
  npm(['ci', '--ignore-scripts', '--loglevel', 'error', ...asNpmSays(target)], {
    cwd: copy,
    ...inSight,
  });
  return copy;
}

/** @param {string} copy @param {string} name @param {string} node */
function environment(copy, name, node) {
  const env = { ...process.env };
  if (name.endsWith('musl')) {
    // That of the programs that the tests start, such as npm.
    env.PATH = `${path.dirname(node)}${path.delimiter}${env.PATH}`;
    // rolldown asks this machine's ldd which of them it is.
    const folder = path.join(copy, 'node_modules', '@rolldown', 'binding-linux-x64-musl');
    env.NAPI_RS_NATIVE_LIBRARY_PATH = path.join(folder, 'rolldown-binding.linux-x64-musl.node');
  }
  return env;
}

module.exports = { suite };

if (require.main === module) suite(process.argv[2] ?? '', process.argv.slice(3));
