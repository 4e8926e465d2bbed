// `npm run lint:targets -- [TARGET...]`: clippy for targets that this machine does not build, with Debian's
// Rust. Compiles no library and nothing of C, links nothing. Without a target, those two that
// hold every line that is compiled for macOS or Windows alone.
'use strict';

const path = require('node:path');
const { inSight, run } = require('../../support/run.js');
const { CARGO_TARGET_DIR, debianRustWith, libnode } = require('../cross/tools.js');
const { ROOT } = require('../root.js');
const { targetNamed } = require('../targets.js');

const NO_CC = path.join(__dirname, '..', 'cross', 'no_cc.sh');

/** Throws where clippy has something to say. @param {string} name of a target */
function lint(name) {
  const { triple } = targetNamed(name);
  const rust = debianRustWith(triple, 'check');
  const suffix = triple.replaceAll('-', '_');
  const env = {
    ...process.env,
    [`CC_${suffix}`]: NO_CC,
    [`AR_${suffix}`]: NO_CC,
    RUSTC: path.join(rust, 'rustc'),
    // What a build script would ask Xcode for.
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

module.exports = { lint };

if (require.main === module) {
  const named = process.argv.slice(2);
  for (const name of named.length > 0 ? named : ['darwin-arm64', 'win32-x64-msvc']) {
    console.log(`-- clippy for ${name}`);
    lint(name);
  }
}
