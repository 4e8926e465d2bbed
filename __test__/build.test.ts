// How a clone gets its addon: `npm run build` and npm's `prepare`, with cargo itself and a crate of one line.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import target from '../js/target.js';
import { distTag } from '../scripts/release/dist_tag.js';
import { newFolder, surroundings } from './support/command_line';
import { hasCargo } from './support/platform';

const ROOT = path.join(__dirname, '..');
const ADDON = `lakebase-token.${target.hostTarget()}.node`;
const LIBRARIES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'liblakebase_token.dylib',
  win32: 'lakebase_token.dll',
};
const LIBRARY = LIBRARIES[process.platform] ?? 'liblakebase_token.so';
const CRATE = '#[unsafe(no_mangle)]\npub extern "C" fn napi_register_module_v1() {}\n';

/** A clone whose crate is this source. */
function clone(source = CRATE) {
  const folder = newFolder();
  for (const part of ['scripts', 'support/run.js', 'support/lockfile.js', 'js/target.js']) {
    cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
  }
  const crate = '[package]\nname = "lakebase-token"\nversion = "0.0.0"\nedition = "2024"\n';
  writeFileSync(path.join(folder, 'Cargo.toml'), crate);
  const locked = '[[package]]\nname = "lakebase-token"\nversion = "0.0.0"\n';
  writeFileSync(path.join(folder, 'Cargo.lock'), `version = 4\n\n${locked}`);
  mkdirSync(path.join(folder, 'src'));
  writeFileSync(path.join(folder, 'src/lib.rs'), source);
  return folder;
}

async function run(folder: string, script: string, env: NodeJS.ProcessEnv = {}) {
  const { CARGO_TARGET_DIR: _, ...inherited } = surroundings();
  const options = { cwd: folder, env: { ...inherited, ...env } };
  return await promisify(execFile)(process.execPath, [`scripts/${script}.js`], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout: String(stdout), stderr: String(stderr) }),
  );
}

test.runIf(hasCargo)(
  'npm run build puts the library that cargo makes where the package looks',
  async () => {
    const folder = clone();
    expect(await run(folder, 'build')).toMatchObject({ code: 0 });
    const library = readFileSync(path.join(folder, 'target/release', LIBRARY));
    expect(readFileSync(path.join(folder, ADDON)).equals(library)).toBe(true);
  },
);

test.runIf(hasCargo)(
  'npm run build keeps the addon that is there if cargo fails, and says why',
  async () => {
    const folder = clone('pub fn f() -> u8 { "text" }\n');
    writeFileSync(path.join(folder, ADDON), 'the last one');
    const { code, stderr } = await run(folder, 'build');
    expect(code).toBe(1);
    expect(stderr).toMatch(/mismatched types[\s\S]*cargo ended with 101\./);
    expect(readFileSync(path.join(folder, ADDON), 'utf8')).toBe('the last one');
  },
);

test.runIf(hasCargo)(
  'prepare builds where there is no addon or a source is newer, and else nothing',
  async () => {
    const folder = clone();
    const builtAt = () => statSync(path.join(folder, ADDON)).mtimeMs;
    await run(folder, 'prepare');
    const first = builtAt();
    expect(await run(folder, 'prepare')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(builtAt()).toBe(first);

    const later = new Date(Date.now() + 1_000);
    utimesSync(path.join(folder, 'src/lib.rs'), later, later);
    await run(folder, 'prepare');
    expect(builtAt()).toBeGreaterThan(first);
  },
);

test.runIf(hasCargo)(
  'setup installs what the lockfile names and builds the addon, and then finds nothing to do',
  async () => {
    const folder = clone();
    const write = (file: string, content: object) => {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), JSON.stringify(content));
    };
    const { prepare, build } = JSON.parse(
      readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
    ).scripts;
    const manifest = {
      name: 'lakebase-token',
      version: '0.0.0',
      dependencies: { one: 'file:one' },
    };
    write('package.json', { ...manifest, scripts: { prepare, build } });
    write('one/package.json', { name: 'one', version: '1.0.0' });
    const packages = {
      '': manifest,
      one: { version: '1.0.0' },
      'node_modules/one': { resolved: 'one', link: true },
    };
    write('package-lock.json', { ...manifest, lockfileVersion: 3, requires: true, packages });

    const { code, stdout } = await run(folder, 'setup');
    expect(code, stdout).toBe(0);
    expect(stdout).toContain('Installing the dependencies and building the native addon');
    expect(statSync(path.join(folder, ADDON)).size).toBeGreaterThan(0);
    expect(await run(folder, 'setup')).toEqual({ code: 0, stdout: '', stderr: '' });
  },
);

test('prepare without cargo says what to install', async () => {
  const nowhere = newFolder();
  const { code, stderr } = await run(clone(), 'prepare', { PATH: nowhere, HOME: nowhere });
  expect(code).toBe(1);
  expect(stderr).toContain('Install Rust (https://rustup.rs)');
});

test.each([
  ['1.0.0', 'latest'],
  ['1.0.0+build-1', 'latest'],
  ['1.0.0-beta.1', 'beta'],
  ['1.0.0-RC.1', 'rc'],
  ['1.0.0-1', 'next'],
  ['1.0.0-0.3.7', 'next'],
  ['1.0.0-latest.1', 'next'],
  ['1.0.0-20261126.alpha', 'alpha'],
])('%s is published as %s', (version, tag) => {
  expect(distTag(version)).toBe(tag);
});
