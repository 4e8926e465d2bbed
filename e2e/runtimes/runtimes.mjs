// The runtimes: how each runs a program and the package's command, and what is known not to work there.
import path from 'node:path';
import { nodeChecks } from './checks.mjs';
import { permissionChecks } from './permissions.mjs';

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string} file its binary
 * @property {string[]} run what comes before a program's file
 * @property {string[]} cli what comes before the arguments of `lakebase-token`
 * @property {Record<string, import('./checks.mjs').Check>} [checks] what is checked of this one alone
 * @property {Record<string, { why: string, shows: RegExp }>} known checks that fail, and how that shows
 */

/** @type {Runtime[]} */
export const runtimes = [
  node('node20'),
  node('node22'),
  node('node24'),
  node('node26'),
  {
    name: 'Bun',
    file: binary('@oven/bun-linux-x64/bin/bun'),
    run: [],
    cli: ['x', '--bun', 'lakebase-token'],
    known: {},
  },
  {
    name: 'Deno',
    file: binary('@deno/linux-x64-glibc/deno'),
    run: ['run', '--allow-all'],
    cli: ['run', '--allow-all', 'npm:lakebase-token'],
    checks: permissionChecks,
    known: {
      'the context of a query': {
        why: 'a socket does not carry the context of the request that opened it',
        shows: /null\n-\s+'query'/,
      },
      'testing: a reset': {
        why: 'socket.resetAndDestroy() ends the connection in order',
        shows: /'end'/,
      },
    },
  },
];

/** @returns {Runtime} */
function node(folder) {
  const cli = ['node_modules/.bin/lakebase-token'];
  const file = binary(`${folder}/bin/node`);
  return { name: 'Node', file, run: [], cli, checks: nodeChecks, known: {} };
}

function binary(file) {
  return path.join(import.meta.dirname, 'node_modules', file);
}
