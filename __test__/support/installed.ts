import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasLinks } from './platform';

/** Has the project in `cwd` a package of this checkout installed. */
export function installed(cwd: string, name: string) {
  const folder = path.resolve('node_modules', name);
  const place = path.join(cwd, 'node_modules', name);
  mkdirSync(path.dirname(place), { recursive: true });
  if (hasLinks) return symlinkSync(folder, place);
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  mkdirSync(place);
  writeFileSync(path.join(place, 'package.json'), JSON.stringify({ name, version }));
  writeFileSync(
    path.join(place, 'index.js'),
    `module.exports = require(${JSON.stringify(folder)});`,
  );
}

/** The package's own files in `folder`, as npm, a bundler or a standalone build puts them there. */
export function copyOfThePackage(folder: string): string {
  const { platform, arch } = process;
  const addons = readdirSync('.').filter((name) =>
    name.startsWith(`lakebase-token.${platform}-${arch}`),
  );
  for (const name of ['js', 'package.json', ...addons]) {
    cpSync(name, path.join(folder, name), { recursive: true });
  }
  return folder;
}
