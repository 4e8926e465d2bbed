// What a result depends on, and nothing that tells whose machine it was.
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export function machine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    // Not what its builder calls it.
    kernel: `${os.type()} ${os.release().split('-')[0]}`,
    arch: process.arch,
    node: process.version,
  };
}

/** The versions that are installed, by name. */
export function versions(candidates) {
  const folders = Object.fromEntries(candidates.map(({ name, folder }) => [name, folder]));
  return {
    'lakebase-token': version(folders.ours, 'lakebase-token'),
    '@databricks/lakebase': version(folders.official, '@databricks/lakebase'),
  };
}

function version(folder, name) {
  const manifest = path.join(folder, 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
