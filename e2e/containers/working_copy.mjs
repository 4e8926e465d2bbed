// An example as it lies on its developer's machine: with a lockfile, and with what .dockerignore is for.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bareEnvironment } from '../../support/environment.mjs';
import { runWell } from '../../support/processes.mjs';

const MADE = ['node_modules', '.next', 'dist'];

/**
 * @param {string} example
 * @param {string} folder where it is laid
 * @param {string} registry
 */
export async function workingCopy(example, folder, registry) {
  const filter = (file) => !MADE.includes(path.basename(file));
  cpSync(example, folder, { recursive: true, filter });
  await runWell('npm', ['install', '--package-lock-only'], {
    cwd: folder,
    env: {
      ...bareEnvironment(),
      npm_config_registry: registry,
      npm_config_cache: path.join(path.dirname(folder), 'npm-cache'),
    },
  });
  writeFileSync(path.join(folder, '.env'), 'DATABRICKS_CLIENT_SECRET=secret-of-a-laptop\n');
  // Of another system: nothing that is built with it works.
  for (const name of ['lakebase-token', 'typescript']) {
    mkdirSync(path.join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(path.join(folder, 'node_modules', name, 'package.json'), '{ "main": "none.js" }');
  }
  return folder;
}
