// The declarations where a project is strict, or has neither Node's types nor a browser's.
import assert from 'node:assert/strict';
import path from 'node:path';
import { run } from '../../../support/processes.mjs';

const MODULES = path.join(import.meta.dirname, '../node_modules');

/** @param {string} app a folder that the package is installed in */
export function typeChecks(app) {
  return Object.entries(PROJECTS).map(([name, flags]) => ({
    name: `types: ${name}`,
    async run() {
      const tsc = path.join(MODULES, 'typescript/bin/tsc');
      const { code, stdout } = await run(process.execPath, [tsc, ...STRICT, ...flags], {
        cwd: app,
      });
      assert.equal(code, 0, stdout);
    },
  }));
}

const STRICT = '--noEmit --strict --exactOptionalPropertyTypes --skipLibCheck false'.split(' ');
const NODENEXT = '--module nodenext --target es2022'.split(' ');
const NODE = ['--typeRoots', path.join(MODULES, '@types'), '--types', 'node'];

const PROJECTS = {
  "neither Node's types nor a browser's": [
    ...NODENEXT,
    ...'--lib es2022 types/options.ts'.split(' '),
  ],
  "a browser's types": [
    ...NODENEXT,
    ...'--lib es2022,dom types/options.ts types/signal.ts'.split(' '),
  ],
  "Node's types": [
    ...NODENEXT,
    ...NODE,
    ...'--lib es2022 types/options.ts types/signal.ts types/disposable.ts'.split(' '),
  ],
};
