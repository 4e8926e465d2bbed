// `npm run build`: builds the native addon for this machine and puts it where js/native.js looks.
'use strict';

const { spawnSync } = require('node:child_process');
const { copyFileSync, renameSync } = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');

function main() {
  const library = build();
  const file = path.join(ROOT, `lakebase-token.${target()}.node`);
  // Replaced, not overwritten: a process that has the old one loaded goes on with it.
  copyFileSync(library, `${file}.new`);
  renameSync(`${file}.new`, file);
  console.log(`Built ${path.relative(process.cwd(), file)}`);
}

/** The file that cargo says it made, wherever its target folder is. */
function build() {
  const format = '--message-format=json-render-diagnostics';
  // Only the dynamic library: cargo does not optimize across crates while it makes an rlib as well.
  const only = ['--lib', '--crate-type', 'cdylib'];
  const messages = cargo(['rustc', '--release', '--locked', ...only, format]);
  const files = messages
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter(({ reason, target }) => reason === 'compiler-artifact' && target.name === CRATE)
    .flatMap(({ filenames }) => filenames);
  const library = files.find((file) => /\.(so|dylib|dll)$/.test(file));
  if (library === undefined) {
    throw new Error('cargo made no dynamic library.');
  }
  return library;
}

/** As js/native.js names it: `linux-x64-gnu`, `darwin-arm64`, `win32-x64-msvc`. */
function target() {
  const { stdout } = spawnSync('rustc', ['-vV'], { encoding: 'utf8' });
  const [abi] = /(gnu|musl|msvc)\s*$/m.exec(/^host: .*$/m.exec(stdout)?.[0] ?? '') ?? [];
  return [process.platform, process.arch, abi].filter(Boolean).join('-');
}

function cargo(cargoArguments) {
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: Infinity };
  const { status, stdout, error } = spawnSync('cargo', cargoArguments, {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) {
    throw new Error(`cargo could not be started: ${error.message}. Install Rust: rustup.rs`);
  }
  if (status !== 0) {
    process.exit(status ?? 1);
  }
  return stdout;
}

const CRATE = 'lakebase_token';

main();
