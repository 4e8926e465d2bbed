// `npm run build:release -- [TARGET...]`: the binaries of a release, into dist/binaries. Without a
// target, that of this machine. Linux's need no newer glibc than scripts/targets.js says. Elsewhere than on
// Windows, Windows' is a stand-in: nothing that a release would publish.
'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');
const { DIST } = require('../../support/dist.js');
const { buildAddon, replace } = require('../cargo.js');
const { ROOT } = require('../root.js');
const { hostTarget, targetNamed } = require('../targets.js');
const {
  CACHES,
  CARGO_TARGET_DIR,
  debianRustWith,
  isDebian,
  libnode,
  pathWithMingw,
  zig,
} = require('../cross/tools.js');

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
 * What `buildAddon` is told. For Linux zig links, since it can be told which glibc to link to.
 * @param {Target} target
 * @returns {import('../cargo.js').Recipe}
 */
function recipe(target) {
  const { name, os, oldestGlibc, standIn } = target;
  const isStandIn = standIn !== undefined && process.platform !== 'win32';
  const triple = isStandIn ? standIn : target.triple;
  const env = {
    ...process.env,
    CARGO_ENCODED_RUSTFLAGS: flags(target, isStandIn),
    // One of its own, for cargo locks it.
    CARGO_TARGET_DIR: path.join(ROOT, 'target', 'releases', name),
    ...compiler(name, triple),
  };
  if (os !== 'linux') {
    const forMingw = isStandIn && { PATH: pathWithMingw(), LIBNODE_PATH: libnode() };
    return { target: triple, env: { ...env, ...forMingw } };
  }
  const glibc = oldestGlibc === undefined ? '' : `.${oldestGlibc}`;
  return {
    command: 'cargo-zigbuild',
    target: `${triple}${glibc}`,
    env: { ...env, ...CACHES, PATH: `${zig()}${path.delimiter}${process.env.PATH}` },
  };
}

/** @param {Target} target @param {boolean} isStandIn */
function flags({ libc, os }, isStandIn) {
  const cargoHome = process.env.CARGO_HOME ?? path.join(homedir(), '.cargo');
  // Keeps local paths out of the binary.
  const all = [
    `--remap-path-prefix=${cargoHome}=/cargo`,
    `--remap-path-prefix=${ROOT}=/lakebase-token`,
  ];
  // A static libc has no dynamic libraries, and an addon is one. Windows without its redistributable has no
  // VCRUNTIME140.dll, and Node's own program needs none.
  const crt = libc === 'musl' ? ['-Ctarget-feature=-crt-static'] : [];
  const msvc = os === 'win32' && !isStandIn ? ['-Ctarget-feature=+crt-static'] : [];
  return [...all, ...crt, ...msvc].join('\x1f');
}

/**
 * The Rust that is installed, if it can build for the target; else Debian's, on Debian.
 * @param {string} name
 * @param {string} triple
 * @returns {{ RUSTC?: string, CARGO_TARGET_DIR?: string }}
 */
function compiler(name, triple) {
  const rustc = process.env.RUSTC ?? 'rustc';
  const { stdout } = spawnSync(rustc, ['--print', 'target-libdir', '--target', triple], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (existsSync((stdout ?? '').trim())) {
    return {};
  }
  const canLink = triple.includes('-linux-') || triple.endsWith('-windows-gnu');
  if (canLink && isDebian) {
    const rust = debianRustWith(triple, 'build');
    return { RUSTC: path.join(rust, 'rustc'), CARGO_TARGET_DIR };
  }
  throw new Error(`Rust has no standard library for ${name}. Run "rustup target add ${triple}".`);
}

main(process.argv.slice(2));
