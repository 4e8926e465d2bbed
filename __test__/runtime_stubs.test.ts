import { expect, test } from 'vitest';
import manifest from '../package.json';
import { runProgram } from './support/programs';

const entry = require('../js/index.js') as Record<string, unknown>;
const edge = require('../js/edge.js') as typeof import('lakebase-token');

const UNSUPPORTED = {
  name: 'LakebaseTokenError',
  code: 'ERR_LAKEBASE_RUNTIME_UNSUPPORTED',
  retryable: false,
};

test('an Edge runtime gets every function, and each says what to do', async () => {
  expect(Object.keys(edge)).toEqual(Object.keys(entry));
  await expect(edge.getLakebasePostgresToken()).rejects.toMatchObject(UNSUPPORTED);
  await expect(edge.getLakebaseCredential()).rejects.toThrow("export const runtime = 'nodejs'");
  expect(edge.invalidateLakebasePostgresToken('token-1')).toBe(false);
  expect(edge.getLakebaseTokenStatus().lastFailure?.error).toMatchObject(UNSUPPORTED);
});

test('a browser gets every function, once its bundler lets server-only pass', async () => {
  const { stdout, stderr } = await runProgram(`
    import { createRequire, Module } from 'node:module';
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) =>
      name === 'server-only' ? 'path' : resolve(name, ...rest);
    const browser = createRequire(process.cwd() + '/')('./js/browser.js');
    console.log(JSON.stringify(Object.keys(browser)));
    try { browser.getLakebasePostgresToken(); } catch ({ name, code, retryable }) {
      console.log(JSON.stringify({ name, code, retryable }));
    }`);
  expect(stderr).toBe('');
  const [names, error] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(names).toEqual(Object.keys(entry));
  expect(error).toEqual(UNSUPPORTED);
});

test.each(['edge-light', 'workerd', 'browser'])('%s gets its stub, not the addon', async (name) => {
  const program = "import.meta.resolve && console.log(import.meta.resolve('lakebase-token'))";
  const { stdout } = await runProgram(program, {}, [`--conditions=${name}`]);
  expect(stdout.trim()).toMatch(name === 'browser' ? /js\/browser\.js$/ : /js\/edge\.js$/);
  // Both are active in Next.js's Edge bundles.
  const conditions = Object.keys(manifest.exports['.']);
  expect(conditions.indexOf('edge-light')).toBeLessThan(conditions.indexOf('browser'));
});
