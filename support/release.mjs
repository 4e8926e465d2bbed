// Publishes a release as it will be: the tarballs, and the platform packages for which this machine has
// no binary, without one. Package managers must see that they are there and not for this system.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bareEnvironment } from './environment.mjs';
import { runWell } from './processes.mjs';
import { tarballs } from './tarballs.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const { version } = createRequire(import.meta.url)('../package.json');

/**
 * @typedef {{ name: string, os: string, cpu: string, libc?: string }} Target
 *
 * @param {import('./registry.mjs').Registry} registry
 * @param {Target[]} targets all that a release has
 */
export async function publishRelease(registry, targets, files = tarballs()) {
  for (const tarball of files) {
    // npm publishes with credentials only.
    const credentials = `--${registry.url.replace('http:', '')}:_authToken=loopback`;
    await runWell('npm', ['publish', '--registry', registry.url, credentials, tarball], {
      cwd: tmpdir(),
      env: bareEnvironment(),
    });
  }
  for (const { name, os, cpu, libc } of targets) {
    const manifest = { name: `@lakebase-token/${name}`, version, os: [os], cpu: [cpu] };
    if (!registry.has(manifest.name)) {
      registry.publish(placeholder({ ...manifest, ...(libc && { libc: [libc] }) }, registry.url));
    }
  }
}

/**
 * What `npm publish` would send.
 * @param {{ name: string }} manifest
 * @param {string} url
 */
function placeholder(manifest, url) {
  const tarball = tarballOf(manifest);
  const file = `${path.basename(manifest.name)}-${version}.tgz`;
  const dist = {
    tarball: `${url}${manifest.name}/-/${file}`,
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    shasum: createHash('sha1').update(tarball).digest('hex'),
  };
  return {
    name: manifest.name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist } },
    _attachments: { [file]: { data: tarball.toString('base64') } },
  };
}

/** @param {object} manifest */
function tarballOf(manifest) {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'package'));
  writeFileSync(path.join(folder, 'package/package.json'), JSON.stringify(manifest));
  execFileSync('tar', ['-czf', 'package.tgz', 'package'], { cwd: folder });
  return readFileSync(path.join(folder, 'package.tgz'));
}
