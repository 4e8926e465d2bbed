// An addon whose function does nothing: no call into one costs less. In C, so that nothing of this package's is in it.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../support/run.js';

const SOURCE = fileURLToPath(new URL('empty.c', import.meta.url));

/** Compiled into `folder`, by the compiler that CC names or else `cc`. Its path. */
export function emptyAddon(folder) {
  const file = path.join(folder, 'empty.node');
  const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
  // What Node itself brings is looked up when it loads, which only macOS has to be told.
  const later = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  const line = ['-O2', '-shared', '-fPIC', ...later, '-I', headers, SOURCE, '-o', file];
  try {
    run(process.env.CC || 'cc', line);
  } catch (error) {
    const advice = 'Install a C compiler (Debian: gcc), or name one in CC.';
    throw new Error(`The empty addon cannot be compiled. ${advice}\n${error.message}`);
  }
  return file;
}
