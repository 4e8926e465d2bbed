// A fresh create-next-app project, the tarballs installed, no configuration: the token reaches
// Postgres in build, start, dev and standalone, and all copies of the app's module share one pool.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../../support/until.mjs';
import {
  assertEveryEntryLogsIn,
  assertOneCache,
  assertOnePool,
  forgetVisits,
  saysWho,
} from '../support/entries.mjs';

/**
 * @typedef {object} Place
 * @property {{ name: string, flags: string[] }} bundler the flags that choose it
 * @property {() => Promise<ReturnType<typeof import('../support/project.mjs').project>>} freshProject
 * @property {Awaited<ReturnType<typeof import('../../../support/services.mjs').startServices>>} services
 */

/** @param {Place} place */
export function freshProjectChecks(place) {
  return [
    ['next build without any settings, next start', buildAndStart],
    ['standalone, copied elsewhere', standalone],
    ['next dev, and a hot reload', hotReload],
  ].map(([what, run]) => ({
    name: `${place.bundler.name}: ${what}`,
    run: async () => run(await place.freshProject(), place),
  }));
}

async function buildAndStart(project, { bundler, services }) {
  const output = await project.build(bundler.flags);
  assert.doesNotMatch(output, /lakebase-token|Critical dependency/);
  await withWorkspace(services, async (env) => logsIn(await project.start(env), services));
}

async function standalone(project, { bundler, services }) {
  const undo = project.configure("output: 'standalone',");
  try {
    await project.build(bundler.flags);
  } finally {
    undo();
  }
  for (const route of USE_THE_POOL_ALONE) {
    const { files } = project.trace(route);
    assert.ok(
      files.some((file) => file.endsWith(PG)),
      `${route} comes without pg`,
    );
  }
  await project.elsewhere(async ({ folder, start }) => {
    assert.deepEqual(addonsIn(folder), [ADDON]);
    await withWorkspace(services, async (env) => logsIn(await start(env), services));
  });
}

async function hotReload(project, { bundler, services }) {
  await withWorkspace(services, async (env) => {
    const server = await project.dev(bundler.flags, env);
    await logsIn(server, services, 'first');
    const undo = project.edit('src/lib/pool.ts', "edition = 'first'", "edition = 'second'");
    try {
      for (const place of ['', 'api/who', 'api/who-pages']) {
        await until(() => says(`${server.url}/${place}`, 'second edition'));
      }
      await logsIn(server, services, 'second');
    } finally {
      undo();
    }
  });
}

/** Runs what is to be seen of one server, which has a workspace of its own. */
async function withWorkspace(services, use) {
  await forgetVisits(services.postgres);
  const workspace = await services.newWorkspace();
  try {
    await use(services.environment(workspace));
    assertOneCache(workspace);
    await assertOnePool(services.postgres);
  } finally {
    await workspace.close();
  }
}

async function logsIn(server, { postgres }, edition) {
  try {
    await assertEveryEntryLogsIn({ url: server.url, postgres, edition });
  } catch (error) {
    error.message += `\nThe server:\n${server.output()}`;
    throw error;
  }
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

const USE_THE_POOL_ALONE = ['app/api/pool/route', 'pages/api/pool-pages'];
const PG = 'node_modules/pg/lib/index.js';
const TARGET = 'linux-x64-gnu';
const ADDON = `node_modules/@lakebase-token/${TARGET}/lakebase-token.${TARGET}.node`;
