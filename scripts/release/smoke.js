// `npm run smoke -- [TARGET [NODE...]]`: installs the tarballs of dist/ into a new project, as a user
// does, and has smoke_program.js use the package there. With a TARGET, as npm on that platform would
// install; NODE... is then the command that runs its Node, if not that of scripts/cross/nodes.js. Ends with
// a non-zero code when any of it does not work.
'use strict';

const { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { version } = require('../../package.json');
const { DIST } = require('../../support/dist.js');
const { npm, run } = require('../../support/run.js');
const { nodeOf } = require('../cross/nodes.js');
const { asNpmSays, hostTarget, targetNamed } = require('../targets.js');

/** Enough for an emulated processor; a process that does not end by itself fails here. */
const PATIENCE_MS = 300_000;

/** @type {import('node:child_process').SpawnSyncOptions} */
const inSight = { stdio: 'inherit', timeout: PATIENCE_MS };

/**
 * The milliseconds that each part of it took. Throws when one does not work.
 * @param {string} [targetName]
 * @param {string[]} [node] the command that runs its Node
 * @returns {Record<string, number>}
 */
function smoke(targetName = hostTarget(), node = nodeOf(targetName)) {
  const project = mkdtempSync(path.join(tmpdir(), 'lakebase-token-smoke-'));
  try {
    install(project, targetNamed(targetName));
    const program = path.join(__dirname, 'smoke_program.js');
    const [command = '', ...first] = node;
    // Each thread begins with seconds of work for an emulated processor.
    const crowd = command.startsWith('qemu-') ? 10 : 50;
    run(command, [...first, program, 'end', String(crowd)], { cwd: project, ...inSight });
    run(command, [...first, program, 'exit'], { cwd: project, ...inSight });
    return JSON.parse(readFileSync(path.join(project, 'milliseconds.json'), 'utf8'));
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/**
 * The package and, as optional as in its own package.json, the binary's, which it cannot do without.
 * @param {string} project
 * @param {import('../targets.js').Target} target
 */
function install(project, target) {
  const { name } = target;
  const manifest = {
    private: true,
    dependencies: { 'lakebase-token': tarball(`lakebase-token-${version}.tgz`) },
    optionalDependencies: {
      [`@lakebase-token/${name}`]: tarball(`lakebase-token-${name}-${version}.tgz`),
    },
  };
  writeFileSync(path.join(project, 'package.json'), JSON.stringify(manifest));
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel', 'error'];
  npm(['install', ...asNpmSays(target), ...quiet], { cwd: project, ...inSight });
}

/** @param {string} name */
function tarball(name) {
  const file = path.join(DIST, name);
  if (!existsSync(file)) {
    throw new Error(`There is no ${file}. Run "npm run build:release" and "npm run pack" first.`);
  }
  return `file:${file}`;
}

module.exports = { smoke };

if (require.main === module) {
  const [target, ...node] = process.argv.slice(2);
  smoke(target, node.length > 0 ? node : undefined);
}
