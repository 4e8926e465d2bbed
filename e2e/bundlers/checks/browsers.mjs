// Vite's optimizer, which takes along whatever a server's code imports (React Router, TanStack Start), and
// gives up all of it for one module that it does not find.
import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { optimizeDeps, resolveConfig } from 'vite';

/** @param {string} app a folder that the package is installed in */
export function browserChecks(app) {
  return [
    { name: 'Vite: the entry for browsers is optimized', run: () => isOptimized(app) },
    { name: 'esbuild: the entry for browsers is bundled', run: () => isBundled(app) },
    { name: 'esbuild: the pool for Workers is bundled', run: () => isBundledForWorkers(app) },
  ];
}

async function isOptimized(app) {
  const optimizer = { include: ['lakebase-token', 'lakebase-token/pg'] };
  const settings = { root: app, configFile: false, optimizeDeps: optimizer, logLevel: 'error' };
  const config = await resolveConfig(settings, 'serve');
  const { optimized } = await optimizeDeps(config, true);
  const entry = async (name) => (await import(pathToFileURL(optimized[name].file).href)).default;
  await refuses(await entry('lakebase-token'));
  refusesPools(await entry('lakebase-token/pg'));
}

async function isBundled(app) {
  const bundle = await bundled(app);
  await refuses(bundle.tokens);
  refusesPools(bundle.pg);
}

async function isBundledForWorkers(app) {
  refusesPools((await bundled(app, ['workerd'])).pg);
}

async function bundled(app, conditions = []) {
  const outfile = path.join(app, `browser${conditions}.mjs`);
  const contents = `
    export { default as tokens } from 'lakebase-token';
    export { default as pg } from 'lakebase-token/pg';`;
  const stdin = { contents, resolveDir: app };
  const how = { bundle: true, platform: 'browser', format: 'esm', logLevel: 'silent' };
  await build({ stdin, outfile, conditions, ...how });
  return await import(pathToFileURL(outfile).href);
}

async function refuses({ getLakebasePostgresToken, getLakebaseTokenStatus }) {
  await assert.rejects(getLakebasePostgresToken(), UNSUPPORTED);
  assert.equal(getLakebaseTokenStatus().lastFailure.error.code, UNSUPPORTED.code);
}

function refusesPools({ getLakebasePgConfig, getLakebasePool }) {
  for (const get of [getLakebasePgConfig, getLakebasePool]) assert.throws(get, UNSUPPORTED);
}

const UNSUPPORTED = { name: 'LakebaseTokenError', code: 'ERR_LAKEBASE_RUNTIME_UNSUPPORTED' };
