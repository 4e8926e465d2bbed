// `npm run check:binaries -- [FILE...]`: whether binaries are fit for a release. Without a file, all
// of dist/binaries. Prints a table, and what is wrong. ELF is read with binutils' readelf.
'use strict';

const { execFileSync } = require('node:child_process');
const { readdirSync, readFileSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');
const { DIST } = require('../../support/dist.js');
const { ROOT } = require('../root.js');
const { largestBytes, targetNamed } = require('../targets.js');

/** Parts of glibc itself: present wherever Node is. */
const OF_GLIBC = /^(libc|libm|libpthread|libdl|librt|ld-linux[-\w]*)\.so\.\d$/;
const OF_MUSL = /^libc\.(so|musl-\w+\.so\.1)$/;

/**
 * @typedef {import('../targets.js').Target} Target
 *
 * @typedef {object} Elf
 * @property {string[]} needed libraries
 * @property {string} [glibc] the newest version of it that is needed
 * @property {boolean} exportsEntry
 * @property {boolean} isStripped
 * @property {boolean} staysLoaded
 * @property {{ glibc: string, needs: string }} shown
 */

/** @param {string[]} files */
function main(files) {
  const rows = (files.length > 0 ? files : binaries()).map((file) => ({ file, ...examined(file) }));
  console.table(Object.fromEntries(rows.map(({ file, shown }) => [path.basename(file), shown])));
  const wrongs = rows.flatMap(({ file, wrong }) => wrong.map((what) => `${file}: ${what}.`));
  for (const wrong of wrongs) console.error(wrong);
  if (rows.length === 0) console.error('There is no binary in dist/binaries.');
  process.exitCode = wrongs.length > 0 || rows.length === 0 ? 1 : 0;
}

function binaries() {
  const folder = path.join(DIST, 'binaries');
  const names = readdirSync(folder).filter((name) => name.endsWith('.node'));
  return names.map((name) => path.relative(process.cwd(), path.join(folder, name)));
}

/**
 * What there is to see of a binary, and the list of what is wrong with it.
 * @param {string} file
 */
function examined(file) {
  const target = targetNamed(/lakebase-token\.(.+)\.node$/.exec(path.basename(file))?.[1]);
  const bytes = readFileSync(file);
  /** @type {string[]} */
  const wrong = [];
  const built = platform(bytes);
  const expected = `${target.os} ${target.cpu}`;
  if (built !== expected) wrong.push(`it is for ${built}, not for ${expected}`);
  const largest = largestBytes(target.name);
  if (bytes.length > largest) wrong.push(`it has ${bytes.length} bytes, more than ${largest}`);
  for (const place of [homedir(), ROOT].filter((folder) =>
    bytes.includes(`${folder}${path.sep}`),
  )) {
    wrong.push(`it names ${place}, a folder of the machine that built it`);
  }
  // Whoever has no redistributable of Microsoft's has it not.
  if (/vcruntime140/i.test(bytes.toString('latin1'))) wrong.push('it needs VCRUNTIME140.dll');
  if (!bytes.includes(ENTRY)) wrong.push(`there is no ${ENTRY} in it`);
  const shown = { 'built for': built, bytes: bytes.length };
  if (built !== expected || target.os !== 'linux') {
    return { shown, wrong };
  }
  const elf = readElf(file);
  return { shown: { ...shown, ...elf.shown }, wrong: [...wrong, ...elfFaults(elf, target)] };
}

/**
 * By the header that every executable format begins with.
 * @param {Buffer} bytes
 */
function platform(bytes) {
  if (bytes.subarray(0, 4).equals(Buffer.from('\x7fELF'))) {
    return `linux ${cpu({ 62: 'x64', 183: 'arm64' }, bytes.readUInt16LE(18))}`;
  }
  if (bytes.readUInt32LE(0) === 0xfeedfacf) {
    return `darwin ${cpu({ 16777223: 'x64', 16777228: 'arm64' }, bytes.readUInt32LE(4))}`;
  }
  if (bytes.subarray(0, 2).equals(Buffer.from('MZ'))) {
    const header = bytes.readUInt32LE(0x3c);
    return `win32 ${cpu({ 34404: 'x64', 43620: 'arm64' }, bytes.readUInt16LE(header + 4))}`;
  }
  return 'no platform known';
}

/** @param {Record<number, string>} numbers of the format @param {number} number */
function cpu(numbers, number) {
  return numbers[number];
}

/** @param {string} file @returns {Elf} */
function readElf(file) {
  const read = (/** @type {string[]} */ ...options) =>
    execFileSync('readelf', ['-W', ...options, file], { encoding: 'utf8' });
  const dynamic = read('--dynamic');
  const versions = [...read('--version-info').matchAll(/Name: GLIBC_([\d.]+)/g)];
  const [, exported] =
    new RegExp(`(\\w+)\\s+DEFAULT\\s+\\d+ ${ENTRY}$`, 'm').exec(read('--dyn-syms')) ?? [];
  const needed = [...dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, library = '']) => library);
  const glibc = versions
    .map(([, version = '']) => version)
    .sort(byVersion)
    .at(-1);
  return {
    needed,
    glibc,
    exportsEntry: exported === 'GLOBAL',
    isStripped: !/ \.(symtab|debug_\w+) /.test(read('--sections')),
    staysLoaded: /\(FLAGS_1\).*NODELETE/.test(dynamic),
    shown: { glibc: glibc ?? '', needs: needed.join(' ') },
  };
}

/** @param {Elf} elf @param {Target} target */
function elfFaults(elf, { libc, oldestGlibc }) {
  const ours = libc === 'glibc' ? OF_GLIBC : OF_MUSL;
  const wrong = elf.needed
    .filter((library) => !ours.test(library))
    .map((library) => `it needs ${library}, which is no part of ${libc}`);
  if (oldestGlibc === undefined && elf.glibc !== undefined) wrong.push('it needs glibc');
  if (oldestGlibc !== undefined && byVersion(elf.glibc ?? '0', oldestGlibc) > 0) {
    wrong.push(`it needs glibc ${elf.glibc}, newer than ${oldestGlibc}`);
  }
  if (!elf.exportsEntry) wrong.push(`it does not export ${ENTRY}`);
  if (!elf.isStripped) wrong.push('it is not stripped');
  if (!elf.staysLoaded) wrong.push('it lacks NODELETE (build.rs), so Node may unload it');
  return wrong;
}

/** @param {string} one @param {string} other */
function byVersion(one, other) {
  return one.localeCompare(other, 'en', { numeric: true });
}

const ENTRY = 'napi_register_module_v1';

main(process.argv.slice(2));
