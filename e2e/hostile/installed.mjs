// The package as its tarballs install it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The folder of the package, which is gone when this process ends. */
export function installed(tarballs) {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-hostile-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'package.json'), '{}');
  // npm runs the check in its own folder, whichever folder the names were given in.
  const files = tarballs.map((file) => path.resolve(process.env.INIT_CWD ?? '', file));
  execFileSync('npm', ['install', '--no-save', '--ignore-scripts', ...files], {
    cwd: folder,
    stdio: 'inherit',
  });
  return path.join(folder, 'node_modules/lakebase-token');
}
