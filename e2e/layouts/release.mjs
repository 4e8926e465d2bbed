// Publishes a release as it will be: the tarballs, and the platform packages for which this machine has
// no binary, without one. Package managers must see that they are there and not for this system.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bareEnvironment } from '../../support/environment.mjs';
import { runWell } from '../../support/processes.mjs';
import { tarballs } from '../../support/tarballs.mjs';
import { temporaryFolder } from '../../support/temporary_folder.mjs';

const require = createRequire(import.meta.url);
const { version } = require('../../package.json');
const { targets } = require('../../scripts/targets.js');

export async function publishRelease(registry) {
  for (const tarball of tarballs()) {
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

/** What `npm publish` would send. */
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

function tarballOf(manifest) {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'package'));
  writeFileSync(path.join(folder, 'package/package.json'), JSON.stringify(manifest));
  execFileSync('tar', ['-czf', 'package.tgz', 'package'], { cwd: folder });
  return readFileSync(path.join(folder, 'package.tgz'));
}
