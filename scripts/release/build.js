// `npm run build:release -- [TARGET...]`: the binaries of a release, into dist/binaries. Without a
// target, that of this machine. Linux's need no newer glibc than scripts/targets.js says.
'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');
const { DIST } = require('../../support/dist.js');
const { buildAddon, replace } = require('../cargo.js');
const { ROOT } = require('../root.js');
const { hostTarget, targetNamed } = require('../targets.js');
const { TOOLS, debianRustc, zig } = require('./tools.js');

/** @typedef {import('../targets.js').Target} Target */

/** @param {string[]} names */
async function main(names) {
  const chosen = (names.length > 0 ? names : [hostTarget()]).map(targetNamed);
  const recipes = chosen.map((target) => ({ name: target.name, recipe: recipe(target) }));
  // All at once: the longest part of each, optimizing across crates, keeps one core busy.
  await Promise.all(recipes.map(build));
}

/** @param {{ name: string, recipe: import('../cargo.js').Recipe }} chosen */
async function build({ name, recipe }) {
  try {
    const library = await buildAddon(recipe);
    replace(path.join(DIST, 'binaries', `lakebase-token.${name}.node`), library);
  } catch (error) {
    console.error(`${name}: ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
  }
}

/**
 * What `buildAddon` is told: on Linux zig links, since it can be told which glibc to link to.
 * @param {Target} target
 * @returns {import('../cargo.js').Recipe}
 */
function recipe(target) {
  const env = {
    ...process.env,
    ...compiler(target),
    CARGO_ENCODED_RUSTFLAGS: flags(target),
    // One of its own, for cargo locks it.
    CARGO_TARGET_DIR: path.join(ROOT, 'target', 'releases', target.name),
  };
  if (target.os !== 'linux') {
    return { target: target.triple, env };
  }
  const glibc = target.oldestGlibc === undefined ? '' : `.${target.oldestGlibc}`;
  return {
    command: 'cargo-zigbuild',
    target: `${target.triple}${glibc}`,
    env: {
      ...env,
      PATH: `${zig()}${path.delimiter}${process.env.PATH}`,
      ZIG_GLOBAL_CACHE_DIR: path.join(TOOLS, 'cache', 'zig'),
      CARGO_ZIGBUILD_CACHE_DIR: path.join(TOOLS, 'cache', 'cargo-zigbuild'),
    },
  };
}

/** @param {Target} target */
function flags({ libc, os }) {
  const cargoHome = process.env.CARGO_HOME ?? path.join(homedir(), '.cargo');
  // Keeps local paths out of the binary.
  const all = [
    `--remap-path-prefix=${cargoHome}=/cargo`,
    `--remap-path-prefix=${ROOT}=/lakebase-token`,
  ];
  // A static libc has no dynamic libraries, and an addon is one. Windows without its redistributable has no
  // VCRUNTIME140.dll, and Node's own program needs none.
  const crt = libc === 'musl' ? ['-Ctarget-feature=-crt-static'] : [];
  const msvc = os === 'win32' ? ['-Ctarget-feature=+crt-static'] : [];
  return [...all, ...crt, ...msvc].join('\x1f');
}

/**
 * The Rust that is installed, if it can build for the target.
 * @param {Target} target
 * @returns {{ RUSTC?: string }}
 */
function compiler({ name, triple }) {
  const rustc = process.env.RUSTC ?? 'rustc';
  const { stdout } = spawnSync(rustc, ['--print', 'target-libdir', '--target', triple], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (existsSync((stdout ?? '').trim())) {
    return {};
  }
  if (name === 'linux-arm64-gnu' && existsSync('/etc/debian_version')) {
    return { RUSTC: debianRustc() };
  }
  throw new Error(`Rust has no standard library for ${name}. Run "rustup target add ${triple}".`);
}

main(process.argv.slice(2));
