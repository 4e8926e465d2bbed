// The tarballs of `npm run pack`: what is published, and what users get.
import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import target from '../js/target.js';
import { commandLine } from './command_line.mjs';
import dist from './dist.js';
import { bareEnvironment } from './environment.mjs';
import { runWell } from './processes.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

/**
 * Those that the command line names; else the package itself and this machine's binary, in DIST.
 * @param {string[]} [targets] whose binaries it takes, wherever they are, instead of this machine's
 * @param {string[]} [named]
 */
export function tarballs(targets, named = commandLine().named) {
  // npm runs a check in its own folder, whichever folder the names were given in.
  const files = named.map((file) => path.resolve(process.env.INIT_CWD ?? '', file));
  if (files.length > 0) return targets ? onlyOnes(files, targets) : files;
  const { DIST } = dist;
  const found = existsSync(DIST) ? readdirSync(DIST).map((name) => path.join(DIST, name)) : [];
  return onlyOnes(found, targets ?? [target.hostTarget()]);
}

/**
 * The package's tarball and that of each target.
 * @param {string[]} files
 * @param {string[]} targets
 */
function onlyOnes(files, targets) {
  return ['', ...targets.map((name) => `${name}-`)].map((name) => {
    const pattern = new RegExp(`^lakebase-token-${name}\\d.*\\.tgz$`);
    const [file, ...others] = files.filter((file) => pattern.test(path.basename(file)));
    if (file && others.length === 0) return file;
    throw new Error(
      `There is no lakebase-token-${name}*.tgz, or more than one, in ${dist.DIST} or among those that are named. ` +
        'Run "npm run pack -- .", or "npm run pack" for binaries of several platforms.',
    );
  });
}

/**
 * A folder away from this repository: copies of `parts`, what their lockfile names, and the tarballs.
 * @param {string[]} parts folders
 */
export async function installedApp(parts, files = tarballs()) {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'package.json'), '{}');
  for (const part of parts) {
    const filter = (/** @type {string} */ file) => path.basename(file) !== 'node_modules';
    cpSync(part, folder, { recursive: true, filter });
  }
  const npm = (/** @type {string[]} */ ...line) =>
    runWell('npm', [...line, '--ignore-scripts'], { cwd: folder, env: bareEnvironment() });
  if (existsSync(path.join(folder, 'package-lock.json'))) await npm('ci');
  await npm('install', '--no-save', ...files);
  return folder;
}
