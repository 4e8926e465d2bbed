// A small Next.js app in some layout of node_modules: built, started, copied elsewhere.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bareEnvironment } from '../../next/support/environment.mjs';
import { runWell, serve } from '../../next/support/processes.mjs';

export const BUNDLERS = { turbopack: [], webpack: ['--webpack'] };

/**
 * @param {object} place
 * @param {string} place.root what is moved away when a standalone build is run
 * @param {string} place.app the folder of the app, `root` or one below it
 * @param {object} services
 * @param {object} config the app's next.config
 */
export function nextApp({ root, app }, services, config = {}) {
  const next = path.join(root, 'node_modules/next/dist/bin/next');
  const settings = { APP_CONFIG: JSON.stringify(config) };

  async function answers(paths, start) {
    const workspace = await services.newWorkspace();
    try {
      const server = await start({ ...services.environment(workspace), ...settings });
      const all = await Promise.all(
        paths.map(async (name) => (await fetch(server.url + name)).json()),
      );
      await server.stop();
      return { all, tokens: workspace.issuedTokens.length };
    } finally {
      await workspace.close();
    }
  }

  return {
    build: (flags) =>
      runWell(process.execPath, [next, 'build', ...flags], {
        cwd: app,
        env: { ...bareEnvironment(), ...settings },
      }),
    run: (command, paths) =>
      answers(paths, (env) =>
        serve(process.execPath, [next, ...command, ...ANY_PORT], { cwd: app, env }),
      ),
    async runElsewhere(paths) {
      const copy = mkdtempSync(`${root}-standalone-`);
      const built = path.join(app, '.next/standalone');
      cpSync(built, copy, { recursive: true, verbatimSymlinks: true });
      const away = `${root}-away`;
      renameSync(root, away);
      try {
        return await answers(paths, (env) =>
          serve(process.execPath, ['server.js'], {
            cwd: path.join(copy, path.relative(root, app)),
            env: { ...env, HOSTNAME: '127.0.0.1', PORT: '0' },
          }),
        );
      } finally {
        renameSync(away, root);
        rmSync(copy, { recursive: true });
      }
    },
  };
}

/** Asserts that every path logged in, with one token for all. */
export function assertLoggedIn({ all, tokens }) {
  assert.deepEqual(
    all,
    all.map(() => ({ login: 'app' })),
  );
  assert.equal(tokens, 1);
}

const ANY_PORT = ['-H', '127.0.0.1', '-p', '0'];
