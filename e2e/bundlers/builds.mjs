// The bundlers: how each makes one file of a program and of all that it imports.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import nodeResolve from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rolldown } from 'rolldown';
import { rollup } from 'rollup';
import * as vite from 'vite';
import { runWell } from '../../support/processes.mjs';

const require = createRequire(import.meta.url);
const MODULES = path.join(import.meta.dirname, 'node_modules');
const BUN = path.join(MODULES, '@oven/bun-linux-x64/bin/bun');
const NODE_26 = path.join(MODULES, 'node26/bin/node');

/**
 * @typedef {object} Build
 * @property {string} name
 * @property {string} file what it makes
 * @property {(entry: string, file: string) => Promise<string[]>} make resolves to what the bundler said
 * @property {string[]} [run] what runs it, where that is not Node; empty, it runs by itself
 * @property {true} [isSealed] it looks for no package where it runs
 * @property {true} [isWithoutPool] it cannot hold pg, which requires modules of Node
 */

/** @type {Build[]} */
export const builds = [
  { name: 'esbuild, CommonJS', file: 'a.cjs', make: withEsbuild({ format: 'cjs' }) },
  { name: 'esbuild, minified', file: 'a.cjs', make: withEsbuild({ format: 'cjs', minify: true }) },
  {
    name: 'esbuild, ES module',
    file: 'a.mjs',
    make: withEsbuild({ format: 'esm' }),
    isWithoutPool: true,
  },
  {
    name: 'esbuild, ES module with a require of its own',
    file: 'a.mjs',
    make: withEsbuild({ format: 'esm', banner: { js: OWN_REQUIRE() } }),
  },
  { name: 'Rollup, CommonJS', file: 'a.cjs', make: withRollup('cjs') },
  { name: 'Rollup, ES module', file: 'a.mjs', make: withRollup('es') },
  { name: 'Rolldown, CommonJS', file: 'a.cjs', make: withRolldown('cjs') },
  { name: 'Rolldown, ES module', file: 'a.mjs', make: withRolldown('es') },
  { name: 'Vite, SSR', file: 'a.mjs', make: withVite() },
  { name: 'ncc', file: 'a.mjs', make: withNcc, isSealed: true },
  { name: 'Bun for Node', file: 'a.mjs', make: withBun('--target=node') },
  { name: 'Bun', file: 'a.mjs', make: withBun('--target=bun'), run: [BUN] },
  { name: 'Bun, executable', file: 'a', make: withBun('--compile'), run: [], isSealed: true },
  { name: 'Node, executable', file: 'a', make: executable, run: [] },
];

/** @type {Build[]} that take the package along, and not pg */
export const besidePg = [
  { name: 'Rollup, pg external', file: 'a.mjs', make: withRollup('es', ['pg']) },
  { name: 'Vite, pg external', file: 'a.mjs', make: withVite(['pg']) },
];

/** @param {esbuild.BuildOptions} options */
function withEsbuild(options) {
  return async (entry, file) => {
    const { warnings } = await esbuild.build({
      entryPoints: [entry],
      outfile: file,
      bundle: true,
      platform: 'node',
      logLevel: 'silent',
      ...options,
    });
    return warnings.map(({ text }) => text);
  };
}

function withRollup(format, external = []) {
  return async (input, file) => {
    const said = [];
    const onwarn = ({ ids = [''], message }) => {
      // pg's own circles are no concern of ours.
      if (!ids.every((id) => id.includes('node_modules/pg'))) said.push(message);
    };
    const plugins = [nodeResolve({ exportConditions: ['node'], preferBuiltins: true }), commonjs()];
    const bundle = await rollup({ input, external, plugins, onwarn });
    await bundle.write({ file, format });
    return said;
  };
}

function withRolldown(format) {
  return async (input, file) => {
    const said = [];
    const onLog = (_, { message }) => said.push(message);
    const bundle = await rolldown({ input, platform: 'node', onLog });
    await bundle.write({ file, format });
    return said;
  };
}

function withVite(external = []) {
  return async (entry, file) => {
    const said = [];
    const say = (message) => said.push(message);
    const logger = { ...vite.createLogger('warn'), warn: say, warnOnce: say, error: say };
    await vite.build({
      root: path.dirname(entry),
      configFile: false,
      customLogger: logger,
      ssr: { noExternal: true, external },
      build: {
        ssr: entry,
        outDir: path.dirname(file),
        rollupOptions: { output: { entryFileNames: path.basename(file) } },
      },
    });
    return said;
  };
}

async function withNcc(entry, file) {
  const program = require.resolve('@vercel/ncc/dist/ncc/cli.js');
  const folder = path.dirname(file);
  const said = await runWell(process.execPath, [program, 'build', entry, '--out', folder]);
  // It is index.mjs with what belongs to it.
  writeFileSync(file, "import './index.mjs';");
  return warnings(said);
}

function withBun(how) {
  return async (entry, file) =>
    warnings(await runWell(BUN, ['build', how, entry, '--outfile', file]));
}

async function executable(entry, file) {
  const folder = path.dirname(file);
  const main = path.join(folder, 'main.cjs');
  const said = await withEsbuild({ format: 'cjs' })(entry, main);
  const settings = path.join(folder, 'sea.json');
  writeFileSync(
    settings,
    JSON.stringify({ main, output: file, disableExperimentalSEAWarning: true }),
  );
  return [...said, ...warnings(await runWell(NODE_26, ['--build-sea', settings]))];
}

/** Of a tool that tells what it does as well. */
function warnings(said) {
  return said.split('\n').filter((line) => /warning|error[: ]/i.test(line));
}

function OWN_REQUIRE() {
  return 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
}
