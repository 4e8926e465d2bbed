// The examples' Dockerfiles as they are, on Debian and on Alpine: built and run by buildah, against the emulator and a real
// Postgres. It needs buildah, apt, Python and root.
//
//   npm run build:release -- linux-x64-gnu linux-x64-musl && npm run pack    in the repository: makes the tarballs
//   npm run check [-- [--only TEXT] [TARBALL...]]    in this folder; non-zero if a check fails
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { targets } from '../../scripts/targets.js';
import { runChecks } from '../../support/checks.mjs';
import { startRegistry } from '../../support/registry.mjs';
import { publishRelease } from '../../support/release.mjs';
import { startServices } from '../../support/services.mjs';
import { tarballs } from '../../support/tarballs.mjs';
import { temporaryFolder } from '../../support/temporary_folder.mjs';
import { BASES, makeBaseImages } from './base_images.mjs';
import { buildah } from './buildah.mjs';
import { containerChecks } from './checks.mjs';

// Before anything takes time.
const files = tarballs(BASES.map(({ target }) => target));
const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
const registry = await startRegistry(upstream);
const services = await startServices();
try {
  await publishRelease(registry, targets, files);
  const folder = temporaryFolder();
  const place = (name) => {
    mkdirSync(path.join(folder, name));
    return path.join(folder, name);
  };
  const docker = buildah(place('buildah'));
  await makeBaseImages(docker, { folder: place('bases'), registry: registry.url });
  await runChecks(containerChecks({ docker, folder, registry: registry.url, services }));
} finally {
  await services.stop();
  registry.close();
}
