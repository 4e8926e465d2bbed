// A Next.js app in some folder: built, started, run for development, and copied elsewhere.
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bareEnvironment } from './environment.mjs';
import { run, runWell, serve } from './processes.mjs';

/**
 * @param {object} place
 * @param {string} place.root where node_modules is, and what is moved away while a copy runs
 * @param {string} [place.app] the folder of the app, `root` or one below it
 * @param {NodeJS.ProcessEnv} [place.settings] variables that all its programs get
 */
export function nextApp({ root, app = root, settings }) {
  const program = path.join(root, 'node_modules/next/dist/bin/next');
  /**
   * @param {string[]} line
   * @returns {[string, string[], import('./processes.mjs').Place]}
   */
  const next = (line, env = bareEnvironment()) => [
    process.execPath,
    [program, ...line],
    { cwd: app, env: { ...env, ...settings } },
  ];

  return {
    /** Without the variables of Lakebase and Postgres: they are of no concern to a build. */
    build: (/** @type {string[]} */ flags) => runWell(...next(['build', ...flags])),
    tryToBuild: (/** @type {string[]} */ flags) => run(...next(['build', ...flags])),
    start: (/** @type {NodeJS.ProcessEnv} */ env) => serve(...next(['start', ...ANY_PORT], env)),
    /** @param {string[]} flags @param {NodeJS.ProcessEnv} env */
    dev: (flags, env) => serve(...next(['dev', ...flags, ...ANY_PORT], env)),

    /**
     * Copies a standalone build elsewhere, and takes `root` away so that nothing of it is found from there.
     * @template T
     * @param {(copy: { folder: string, start: (env: NodeJS.ProcessEnv) => ReturnType<typeof serve> }) => Promise<T>} use
     */
    async elsewhere(use) {
      const folder = mkdtempSync(`${root}-standalone-`);
      const built = path.join(app, '.next/standalone');
      cpSync(built, folder, { recursive: true, verbatimSymlinks: true });
      const cwd = path.join(folder, path.relative(root, app));
      const listen = { HOSTNAME: '127.0.0.1', PORT: '0' };
      const away = `${root}-away`;
      renameSync(root, away);
      try {
        return await use({
          folder,
          start: (env) =>
            serve(process.execPath, ['server.js'], {
              cwd,
              env: { ...env, ...settings, ...listen },
            }),
        });
      } finally {
        renameSync(away, root);
        rmSync(folder, { recursive: true });
      }
    },
  };
}

const ANY_PORT = ['-H', '127.0.0.1', '-p', '0'];
