import { expect, test } from 'vitest';
import manifest from '../package.json';
import { runProgram } from './support/programs';

const entry = require('../js/index.js') as Record<string, unknown>;
const edge = require('../js/edge.js') as typeof import('lakebase-token');
const browser = require('../js/browser.js') as typeof import('lakebase-token');

const UNSUPPORTED = {
  name: 'LakebaseTokenError',
  code: 'ERR_LAKEBASE_RUNTIME_UNSUPPORTED',
  retryable: false,
};

test.each([
  ['an Edge runtime', edge, "export const runtime = 'nodejs'"],
  ['a Worker', edge, 'A Cloudflare Worker has no other runtime'],
  ['a test in jsdom', browser, '@jest-environment node'],
])('%s gets every function, and each says what to do', async (_, stub, advice) => {
  expect(Object.keys(stub)).toEqual(Object.keys(entry));
  await expect(stub.getLakebasePostgresToken()).rejects.toMatchObject(UNSUPPORTED);
  await expect(stub.getLakebaseCredential()).rejects.toThrow(advice);
  expect(stub.invalidateLakebasePostgresToken('token-1')).toBe(false);
  expect(stub.getLakebaseTokenStatus().lastFailure?.error).toMatchObject(UNSUPPORTED);
});

test.each([
  ['no process', 'undefined'],
  ['a polyfill of process', '{ env: {}, versions: {} }'],
])('a browser with %s is told that it is one', async (_, polyfill) => {
  const { stdout, stderr } = await runProgram(`
    import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/');
    const node = globalThis.process;
    globalThis.process = ${polyfill};
    const { getLakebasePostgresToken } = require('./js/browser.js');
    globalThis.process = node;
    await getLakebasePostgresToken().catch((error) => console.log(error.message));`);
  expect(stderr).toBe('');
  expect(stdout).toContain('this is a browser. Import it in server code only');
});

test.each(['edge-light', 'workerd', 'browser'])(
  '%s gets an instrumentation that does nothing',
  async (condition) => {
    const { code, stdout, stderr } = await runProgram(
      `import { LakebaseTokenInstrumentation } from 'lakebase-token/otel';
      const instrumentation = new LakebaseTokenInstrumentation({ enabled: false });
      const missing = new Proxy({}, { get: () => { throw new Error('It is asked for a tracer'); } });
      instrumentation.setTracerProvider(missing);
      instrumentation.setMeterProvider(missing);
      instrumentation.enable();
      instrumentation.disable();
      const { instrumentationName: name } = instrumentation;
      console.log(name, JSON.stringify(instrumentation.getConfig()), import.meta.resolve('lakebase-token/otel'));`,
      {},
      [`--conditions=${condition}`],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^lakebase-token {"enabled":false} .*js\/otel_stub\.js$/m);
  },
);

test.each(['edge-light', 'workerd', 'browser'])(
  '%s is told where there are pools',
  async (name) => {
    const { code, stdout, stderr } = await runProgram(
      `import { getLakebasePgConfig, getLakebasePool } from 'lakebase-token/pg';
    for (const get of [getLakebasePool, getLakebasePgConfig]) {
      try {
        get();
      } catch ({ name, code }) {
        console.log(name, code);
      }
    }`,
      {},
      [`--conditions=${name}`],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const said = `${UNSUPPORTED.name} ${UNSUPPORTED.code}\n`;
    expect(stdout).toBe(said.repeat(2));
  },
);

test.each(['edge-light', 'workerd', 'browser'])('%s gets its stub, not the addon', async (name) => {
  const program = "import.meta.resolve && console.log(import.meta.resolve('lakebase-token'))";
  const { stdout } = await runProgram(program, {}, [`--conditions=${name}`]);
  expect(stdout.trim()).toMatch(name === 'browser' ? /js\/browser\.js$/ : /js\/edge\.js$/);
  // Both are active in Next.js's Edge bundles.
  const conditions = Object.keys(manifest.exports['.']);
  expect(conditions.indexOf('edge-light')).toBeLessThan(conditions.indexOf('browser'));
});
