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
  ];
}

async function isOptimized(app) {
  const optimizer = { include: ['lakebase-token'] };
  const settings = { root: app, configFile: false, optimizeDeps: optimizer, logLevel: 'error' };
  const config = await resolveConfig(settings, 'serve');
  const { optimized } = await optimizeDeps(config, true);
  await refuses((await import(pathToFileURL(optimized['lakebase-token'].file).href)).default);
}

async function isBundled(app) {
  const outfile = path.join(app, 'browser.mjs');
  const contents = "export { default } from 'lakebase-token';";
  const stdin = { contents, resolveDir: app };
  const bundled = { bundle: true, platform: 'browser', format: 'esm', logLevel: 'silent' };
  await build({ stdin, outfile, ...bundled });
  await refuses((await import(pathToFileURL(outfile).href)).default);
}

async function refuses({ getLakebasePostgresToken, getLakebaseTokenStatus }) {
  const code = 'ERR_LAKEBASE_RUNTIME_UNSUPPORTED';
  await assert.rejects(getLakebasePostgresToken(), { name: 'LakebaseTokenError', code });
  assert.equal(getLakebaseTokenStatus().lastFailure.error.code, code);
}
