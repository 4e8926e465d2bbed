// `npm run lint:targets -- [TARGET...]`: clippy for targets that this machine does not build, with Debian's
// Rust and zig as the compiler of C. Compiles no library, links nothing. Without a target, those two that
// hold every line that is compiled for macOS or Windows alone.
'use strict';

const { chmodSync, mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { inSight, run } = require('../../support/run.js');
const { CACHES, CARGO_TARGET_DIR, debianRustWith, libnode, zig } = require('../cross/tools.js');
const { ROOT } = require('../root.js');
const { targetNamed } = require('../targets.js');

/** As zig calls what rustc calls by a triple. @type {Record<string, string>} */
const ZIG_TARGETS = {
  'x86_64-unknown-linux-gnu': 'x86_64-linux-gnu.2.17',
  'aarch64-unknown-linux-gnu': 'aarch64-linux-gnu.2.17',
  'x86_64-unknown-linux-musl': 'x86_64-linux-musl',
  'aarch64-unknown-linux-musl': 'aarch64-linux-musl',
  'x86_64-apple-darwin': 'x86_64-macos',
  'aarch64-apple-darwin': 'aarch64-macos',
  // With MinGW's headers, for objects of the same format.
  'x86_64-pc-windows-msvc': 'x86_64-windows-gnu',
  'aarch64-pc-windows-msvc': 'aarch64-windows-gnu',
};

/** Throws where clippy has something to say. @param {string} name of a target */
function lint(name) {
  const { triple } = targetNamed(name);
  const rust = debianRustWith(triple, 'check');
  const env = {
    ...process.env,
    ...CACHES,
    ...compilerOfC(triple),
    RUSTC: path.join(rust, 'rustc'),
    // zig has what a build script would ask Xcode for.
    SDKROOT: '/',
    LIBNODE_PATH: libnode(),
    CARGO_TARGET_DIR,
  };
  // As for a release, whose macros are compiled already.
  const what = ['clippy', '--release', '--quiet', '--locked', '--lib', '--target', triple];
  run(path.join(rust, 'cargo-clippy'), [...what, '--', '-D', 'warnings'], {
    cwd: ROOT,
    env,
    ...inSight,
  });
}

/** Programs of one line, for cc takes a command's arguments in no variable. @param {string} triple */
function compilerOfC(triple) {
  const folder = path.join(CARGO_TARGET_DIR, 'cc');
  mkdirSync(folder, { recursive: true });
  const program = (/** @type {string} */ name, /** @type {string} */ text) => {
    const file = path.join(folder, `${name}-${triple}`);
    writeFileSync(file, `#!/bin/bash\n${text}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const python = path.join(zig(), 'python3');
  const cc = `exec bash '${path.join(__dirname, '..', 'cross', 'zig_cc.sh')}' '${python}' ${ZIG_TARGETS[triple]} "$@"`;
  const archiver = triple.endsWith('msvc') ? 'lib' : 'ar';
  const suffix = triple.replaceAll('-', '_');
  return {
    [`CC_${suffix}`]: program('cc', cc),
    [`AR_${suffix}`]: program('ar', `exec '${python}' -m ziglang ${archiver} "$@"`),
  };
}

module.exports = { lint };

if (require.main === module) {
  const named = process.argv.slice(2);
  for (const name of named.length > 0 ? named : ['darwin-arm64', 'win32-x64-msvc']) {
    console.log(`-- clippy for ${name}`);
    lint(name);
  }
}
