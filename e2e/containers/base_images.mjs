// node:24-alpine and node:24-slim, made of packages: there is no registry of images to pull them from.
import path from 'node:path';
import { runWell } from '../../support/processes.mjs';

const HERE = import.meta.dirname;

export const BASES = [
  { base: '24-alpine', target: 'linux-x64-musl' },
  { base: '24-slim', target: 'linux-x64-gnu' },
];

/**
 * Under the names that a Dockerfile has for them.
 * @param {object} place
 * @param {string} place.folder
 * @param {string} place.registry where npm in them looks for packages
 */
export async function makeBaseImages(docker, { folder, registry }) {
  await runWell('sh', [path.join(HERE, 'base_images.sh'), folder, registry]);
  for (const { base } of BASES) {
    const file = path.join(HERE, 'base.Dockerfile');
    const context = path.join(folder, base);
    await docker.build(`docker.io/library/node:${base}`, context, '--file', file);
  }
}
