// `npm run suite -- TARGET`: the repository's own tests with a target's Node and the binary of dist/, in a copy of the
// checkout that has that platform's packages.
'use strict';

const { cpSync, rmSync } = require('node:fs');
const path = require('node:path');
const { DIST } = require('../../support/dist.js');
const { inSight, npm, run } = require('../../support/run.js');
const { nodeOf } = require('../cross/nodes.js');
const { ROOT } = require('../root.js');
const { targetNamed } = require('../targets.js');

/** @param {string} name of a target @param {string[]} [vitest] its command line */
function suite(name, vitest = []) {
  const { os, cpu, libc } = targetNamed(name);
  const copy = path.join(ROOT, 'target', 'suites', name);
  rmSync(copy, { recursive: true, force: true });
  for (const file of run('git', ['ls-files', '-z'], { cwd: ROOT }).split('\0').filter(Boolean)) {
    cpSync(path.join(ROOT, file), path.join(copy, file));
  }
  const binary = `lakebase-token.${name}.node`;
  cpSync(path.join(DIST, 'binaries', binary), path.join(copy, binary));
  const platform = ['--os', os, '--cpu', cpu, ...(libc === undefined ? [] : ['--libc', libc])];
  npm(['ci', '--ignore-scripts', '--loglevel', 'error', ...platform], { cwd: copy, ...inSight });
  const [command = '', ...first] = nodeOf(name);
  const line = [...first, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'forks', ...vitest];
  run(command, line, { cwd: copy, ...inSight, env: environment(copy, command, libc) });
}

/**
 * @param {string} copy
 * @param {string} node
 * @param {string} [libc]
 */
function environment(copy, node, libc) {
  const env = { ...process.env };
  if (libc === 'musl') {
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
