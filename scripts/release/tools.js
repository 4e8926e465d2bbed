// The tools that build a release, fetched once into target/release-tools: nothing is installed.
'use strict';

const { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { inSight, run } = require('../../support/run.js');
const { ROOT } = require('../root.js');

const TOOLS = path.join(ROOT, 'target', 'release-tools');

/** The folder of `cargo-zigbuild` and of a `python3` that finds zig. */
function zig() {
  const list = path.join(__dirname, 'zig.txt');
  const folder = once('zig', readFileSync(list, 'utf8'), (made) => {
    run('python3', ['-m', 'venv', made], inSight);
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    run(path.join(made, 'bin', 'python3'), [...install, '--require-hashes', '-r', list], inSight);
  });
  return path.join(folder, 'bin');
}

/** A rustc with the standard library of arm64 Linux, as Debian ships it. */
function debianRustc() {
  const script = path.join(__dirname, 'debian_rust.sh');
  const folder = once('debian-rust', readFileSync(script, 'utf8'), (made) =>
    run('sh', [script, made], inSight),
  );
  return path.join(folder, 'rustc');
}

/**
 * The tool's folder, made anew if it was left half made or was made from something else.
 * @param {string} name
 * @param {string} madeFrom
 * @param {(made: string) => void} make
 */
function once(name, madeFrom, make) {
  const folder = path.join(TOOLS, name);
  const note = path.join(folder, 'made-from');
  if (!existsSync(note) || readFileSync(note, 'utf8') !== madeFrom) {
    console.log(`Fetching ${name} into ${path.relative(process.cwd(), folder)} ...`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    make(folder);
    writeFileSync(note, madeFrom);
  }
  return folder;
}

module.exports = { TOOLS, zig, debianRustc };
