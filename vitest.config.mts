import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const folder = fileURLToPath(new URL('__test__', import.meta.url));

/**
 * Files that load the addon into the thread that vitest runs them in. The programs inside other files
 * import the package too, indented, and in processes or worker threads of their own: no pool changes that.
 */
const inOurThread = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => {
    const source = readFileSync(`${folder}/${name}`, 'utf8');
    return /^(import .*|\}) from 'lakebase-token';$/m.test(source);
  })
  .map((name) => `__test__/${name}`);

if (inOurThread.length < 10)
  throw new Error(`Of the files for worker threads some are gone: ${inOurThread}`);

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxConcurrency: 20,
    projects: [
      {
        extends: true,
        test: {
          name: 'forks',
          pool: 'forks',
          include: ['__test__/**/*.test.ts'],
          // Most tests wait for a process, a token's life or a server that is slow on purpose.
          maxWorkers: availableParallelism() + 2,
          sequence: { groupOrder: 1 },
        },
      },
      // In worker threads of one process the native state is shared between files. One after the other:
      // an emulator that starts or closes has the whole process read its environments anew.
      {
        extends: true,
        test: {
          name: 'threads',
          pool: 'threads',
          include: inOurThread,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
