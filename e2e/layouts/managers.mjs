// How each package manager installs into a folder, from our registry and into that folder alone.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bareEnvironment } from '../../support/environment.mjs';
import { runWell } from '../../support/processes.mjs';

/** @param {string} registry its address */
export function packageManagers(registry) {
  return {
    npm: (folder) => runWell('npm', ['install'], at(folder, REGISTRY(registry))),
    pnpm: (folder) =>
      node(
        'pnpm/bin/pnpm.cjs',
        ['install', '--no-frozen-lockfile', '--store-dir', 'store', '--config.cache-dir=cache'],
        at(folder, REGISTRY(registry)),
      ),
    'yarn classic': (folder) =>
      node(
        'yarn/bin/yarn.js',
        ['install', '--cache-folder', 'cache'],
        at(folder, REGISTRY(registry)),
      ),
    'yarn berry': (folder) => {
      // The mark of a project's root.
      writeFileSync(path.join(folder, 'yarn.lock'), '');
      return node('@yarnpkg/cli-dist/bin/yarn.js', ['install'], at(folder, BERRY(registry)));
    },
  };
}

function node(program, line, options) {
  return runWell(
    process.execPath,
    [path.join(import.meta.dirname, 'node_modules', program), ...line],
    options,
  );
}

function at(folder, settings) {
  return { cwd: folder, env: { ...bareEnvironment(), ...settings } };
}

const REGISTRY = (url) => ({ npm_config_registry: url });

const BERRY = (url) => ({
  YARN_NPM_REGISTRY_SERVER: url,
  YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
  YARN_NODE_LINKER: 'node-modules',
  // It remembers addresses, and ours is another one each time.
  YARN_GLOBAL_FOLDER: '.yarn-global',
  YARN_ENABLE_TELEMETRY: 'false',
  YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
  // What was published a moment ago is not trusted otherwise.
  YARN_NPM_MINIMAL_AGE_GATE: '0',
});
