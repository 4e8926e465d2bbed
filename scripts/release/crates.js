// The crates of a binary, as components of CycloneDX: cargo resolves them, Cargo.lock has their sums.
'use strict';

const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { ROOT } = require('../root.js');

/**
 * What is read here of `cargo metadata`.
 * @typedef {object} Crate
 * @property {string} id
 * @property {string} name
 * @property {string} version
 * @property {string[]} authors
 * @property {string | null} description
 * @property {string | null} license
 * @property {string | null} homepage
 * @property {string | null} documentation
 * @property {string | null} repository
 *
 * @typedef {{ id: string, deps: { pkg: string, dep_kinds: { kind: string | null }[] }[] }} Node
 * @typedef {{ packages: Crate[], resolve: { root: string, nodes: Node[] } }} Metadata
 *
 * What is read of CycloneDX.
 * @typedef {object} Component
 * @property {string} bom-ref
 * @property {string} name
 * @property {string} version
 * @property {string} purl
 * @property {'required' | 'optional' | 'excluded'} [scope]
 * @property {{ alg: string, content: string }[]} [hashes]
 *
 * @typedef {{ ref: string, dependsOn?: string[] }} Dependency
 * @typedef {{ components: Component[], dependencies: Dependency[] }} Crates
 */

/**
 * The crates of one platform's binary, and those that are needed to compile it, as cargo resolves them.
 * @param {import('../targets.js').Target} target
 * @returns {Crates}
 */
function cratesOf({ triple }) {
  const how = ['--format-version', '1', '--locked', '--filter-platform', triple];
  /** @type {Metadata} */
  const { packages, resolve } = JSON.parse(output('cargo', ['metadata', ...how]));
  const crates = new Map(packages.map((crate) => [crate.id, crate]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const purlOf = (/** @type {string} */ id) => {
    const { name, version } = /** @type {Crate} */ (crates.get(id));
    return `pkg:cargo/${name}@${version}`;
  };
  const needs = (/** @type {string} */ id) =>
    (nodes.get(id)?.deps ?? [])
      .filter(({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind !== 'dev'))
      .map(({ pkg }) => pkg);

  const reached = new Set([resolve.root]);
  // What is added meanwhile is visited too.
  for (const id of reached) {
    for (const needed of needs(id)) reached.add(needed);
  }
  const [linked, sums] = [linkedCrates(triple), checksums()];
  return {
    components: [...reached].map((id) => {
      const crate = /** @type {Crate} */ (crates.get(id));
      const key = `${crate.name}@${crate.version}`;
      const scope = linked.has(key) ? 'required' : 'excluded';
      return crateComponent(crate, purlOf(id), scope, sums.get(key));
    }),
    dependencies: [...reached].map((id) => ({ ref: purlOf(id), dependsOn: needs(id).map(purlOf) })),
  };
}

/**
 * @param {Crate} crate
 * @param {string} purl
 * @param {'required' | 'excluded'} scope
 * @param {string} [checksum] of what the registry has
 * @returns {Component & Record<string, unknown>}
 */
function crateComponent(crate, purl, scope, checksum) {
  const { name, version, authors, description, license, homepage, documentation, repository } =
    crate;
  const references = Object.entries({ documentation, website: homepage, vcs: repository });
  const known = references.flatMap(([type, url]) => (url ? [{ type, url }] : []));
  return {
    type: 'library',
    'bom-ref': purl,
    ...(authors.length > 0 && { author: authors.join(', ') }),
    name,
    version,
    ...(description && { description: description.trim().replace(/\s+/g, ' ') }),
    scope,
    ...(checksum && { hashes: [{ alg: 'SHA-256', content: checksum }] }),
    // Older crates write a slash where SPDX has a word.
    ...(license && { licenses: [{ expression: license.replace(/ ?\/ ?/g, ' OR ') }] }),
    purl,
    ...(known.length > 0 && { externalReferences: known }),
  };
}

/** By `name@version`, as Cargo.lock has them. */
function checksums() {
  const text = readFileSync(path.join(ROOT, 'Cargo.lock'), 'utf8');
  const entry = /^name = "(.+)"\r?\nversion = "(.+)"\r?\nsource = ".+"\r?\nchecksum = "(.+)"\r?$/gm;
  return new Map(
    [...text.matchAll(entry)].map(([, name, version, sum]) => [`${name}@${version}`, sum]),
  );
}

/**
 * As `name@version`: without what only runs while compiling.
 * @param {string} triple
 */
function linkedCrates(triple) {
  const how = [
    '--locked',
    '--edges',
    'normal,no-proc-macro',
    '--target',
    triple,
    '--prefix',
    'none',
  ];
  const lines = output('cargo', ['tree', ...how])
    .trim()
    .split('\n');
  return new Set(lines.map((line) => line.replace(/^(\S+) v(\S+).*$/, '$1@$2')));
}

/** @param {string} command @param {string[]} commandArguments */
function output(command, commandArguments) {
  return execFileSync(command, commandArguments, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: Infinity,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

module.exports = { checksums, cratesOf, linkedCrates, output };
