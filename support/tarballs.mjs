// The tarballs of `npm run pack`: what is published, and what users get.
import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import target from '../js/target.js';
import { commandLine } from './command_line.mjs';
import dist from './dist.js';
import { bareEnvironment } from './environment.mjs';
import { runWell } from './processes.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

/** Those that the command line names; else the package itself and this machine's binary, in DIST. */
export function tarballs(named = commandLine().named) {
  // npm runs a check in its own folder, whichever folder the names were given in.
  if (named.length > 0) return named.map((file) => path.resolve(process.env.INIT_CWD ?? '', file));
  const files = existsSync(dist.DIST) ? readdirSync(dist.DIST) : [];
  const found = [
    /^lakebase-token-\d.*\.tgz$/,
    new RegExp(`^lakebase-token-${target.hostTarget()}-.*\\.tgz$`),
  ].map((pattern) => files.filter((name) => pattern.test(name)));
  if (found.some(({ length }) => length !== 1)) {
    throw new Error(
      `There is no tarball, or more than one, in ${dist.DIST}. Run "npm run pack -- .".`,
    );
  }
  return found.flat().map((name) => path.join(dist.DIST, name));
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
