// A fresh create-next-app project, the tarballs installed, one import, no configuration: the token
// reaches Postgres in build, start, dev and standalone.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { assertEveryEntryLogsIn, assertOneCache, saysWho } from '../support/entries.mjs';
import { serve, until } from '../support/processes.mjs';

/** @param {{ name: string, build: string[], dev: string[] }} bundler the flags that choose it */
export function freshProjectChecks(bundler, { freshProject, services }) {
  /** Runs what is to be seen of one server, which has a workspace of its own. */
  async function withWorkspace(use) {
    const workspace = await services.newWorkspace();
    try {
      await use(workspace, services.environment(workspace));
      assertOneCache(workspace);
    } finally {
      await workspace.close();
    }
  }

  async function logsIn(server, edition) {
    try {
      await assertEveryEntryLogsIn({ url: server.url, postgres: services.postgres, edition });
    } catch (error) {
      error.message += `\nThe server:\n${server.output()}`;
      throw error;
    }
  }

  async function buildAndStart() {
    const project = await freshProject();
    const output = await project.build(bundler.build);
    assert.doesNotMatch(output, /lakebase-token|Critical dependency/);
    await withWorkspace(async (_workspace, env) => {
      await logsIn(await project.start(env));
    });
  }

  async function standalone() {
    const project = await freshProject();
    const undo = project.edit(
      'next.config.ts',
      '/* config options here */',
      "output: 'standalone',",
    );
    try {
      await project.build(bundler.build);
    } finally {
      undo();
    }
    const away = `${project.folder}-away`;
    const copy = mkdtempSync(`${project.folder}-standalone-`);
    const built = path.join(project.folder, '.next/standalone');
    cpSync(built, copy, { recursive: true, verbatimSymlinks: true });
    // So that nothing of it is found from the copy.
    renameSync(project.folder, away);
    try {
      assert.deepEqual(addonsIn(copy), [ADDON]);
      await withWorkspace(async (_workspace, env) => {
        const listen = { HOSTNAME: '127.0.0.1', PORT: '0' };
        await logsIn(
          await serve(process.execPath, ['server.js'], { cwd: copy, env: { ...env, ...listen } }),
        );
      });
    } finally {
      renameSync(away, project.folder);
      rmSync(copy, { recursive: true });
    }
  }

  async function hotReload() {
    const project = await freshProject();
    await withWorkspace(async (_workspace, env) => {
      const server = await project.dev(bundler.dev, env);
      await logsIn(server, 'first');
      const undo = project.edit('src/lib/db.ts', "edition = 'first'", "edition = 'second'");
      try {
        for (const place of ['', 'api/who', 'api/who-pages']) {
          await until(() => says(`${server.url}/${place}`, 'second edition'));
        }
        await logsIn(server, 'second');
      } finally {
        undo();
      }
    });
  }

  return [
    { name: `${bundler.name}: next build without any settings, next start`, run: buildAndStart },
    { name: `${bundler.name}: standalone, copied elsewhere`, run: standalone },
    { name: `${bundler.name}: next dev, and a hot reload`, run: hotReload },
  ];
}

async function says(url, sentence) {
  return saysWho(url, sentence).then(
    () => true,
    () => false,
  );
}

/** Every native addon of ours below a folder; others, such as sharp's, are none of our business. */
function addonsIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.node') && file.includes('lakebase-token'))
    .map((file) => file.split(path.sep).join('/'));
}

const TARGET = 'linux-x64-gnu';
const ADDON = `node_modules/@lakebase-token/${TARGET}/lakebase-token.${TARGET}.node`;
