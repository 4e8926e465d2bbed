// Test runners: Jest and vitest's vm pools, where a test has a realm of its own; jsdom, for which packages
// are resolved as for a browser; and what they and why-is-node-running say of handles that are left open.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bareEnvironment } from '../../../support/environment.mjs';
import { run, runWell } from '../../../support/processes.mjs';

const MODULES = path.join(import.meta.dirname, '../node_modules');
const NODE_26 = path.join(MODULES, 'node26/bin/node');

/** @param {string} app a folder that the package is installed in */
export function runnerChecks(app) {
  const node = async (file, program, ...line) => {
    const place = { cwd: app, env: { ...bareEnvironment(), NO_COLOR: '1' } };
    return run(file, [path.join(MODULES, program), ...line], place);
  };
  const jest = (file, ...line) =>
    node(file, 'jest/bin/jest.js', '--rootDir', app, ...JEST_SETTINGS, ...line);
  return [
    ...['realm', 'jsdom', 'node_conditions'].map((spec) => ({
      name: `Jest: ${spec}`,
      run: async () => passed(await jest(process.execPath, `jest/${spec}.test.js`)),
    })),
    ...[process.execPath, NODE_26].map((file) => ({
      name: `Jest: detects no open handle, ${file === NODE_26 ? 'Node 26' : `Node ${process.versions.node}`}`,
      async run() {
        const ended = await jest(file, '--detectOpenHandles', 'jest/realm.test.js');
        passed(ended);
        assert.doesNotMatch(ended.stderr, /open handle/);
      },
    })),
    ...['waiting', 'after'].map((when) => ({
      name: `why-is-node-running: the truth, ${when}`,
      run: () => isTold(app, when),
    })),
    ...['vmThreads', 'vmForks'].map((pool) => ({
      name: `vitest: realm, in ${pool}`,
      run: async () =>
        passed(
          await node(
            process.execPath,
            'vitest/vitest.mjs',
            'run',
            'vitest/',
            '--globals',
            `--pool=${pool}`,
          ),
        ),
    })),
  ];
}

/** It is told of whoever waits, and of nobody else. */
async function isTold(app, when) {
  const { startWorkspaceEmulator } = createRequire(`${app}/`)('lakebase-token/testing');
  const workspace = await startWorkspaceEmulator();
  try {
    workspace.answer('accessToken', 'hang');
    const program = path.join(import.meta.dirname, '../handles.mjs');
    const env = { ...bareEnvironment(), ...workspace.env };
    const lines = JSON.parse(await runWell(process.execPath, [program, when], { cwd: app, env }));
    assert.equal(
      lines.some((line) => line.includes('lakebase-token')),
      when === 'waiting',
      lines.join('\n'),
    );
  } finally {
    await workspace.close();
  }
}

function passed({ code, stdout, stderr }) {
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout + stderr, /Tests:? +1 passed/, stdout + stderr);
}

const JEST_SETTINGS = ['--testEnvironment', 'node', '--runInBand'];
