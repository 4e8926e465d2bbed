// `npm run sbom`: dist/lakebase-token.cdx.json, what the tarballs of dist/ are made of, as
// CycloneDX 1.5: the npm packages, and the crates in their binaries as cargo resolves them. What cargo
// compiles and does not link, such as a macro, is there with the scope `excluded`.
'use strict';

const { createHash } = require('node:crypto');
const { readFileSync, writeFileSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');
const { name, version } = require('../../package.json');
const { DIST } = require('../../support/dist.js');
const { ROOT } = require('../root.js');
const { targetNamed } = require('../targets.js');
const { cratesOf, output } = require('./crates.js');
const { isMain, packed } = require('./packed.js');

const OUR_CRATE = `pkg:cargo/${name}@${version}`;
const OUR_PACKAGE = `pkg:npm/${name}@${version}`;

/**
 * @typedef {import('./packed.js').Manifest} Manifest
 * @typedef {import('./packed.js').Tarball} Tarball
 *
 * @typedef {import('./crates.js').Component} Component
 * @typedef {import('./crates.js').Crates} Crates
 * @typedef {Crates & { metadata: { component: Component } }} Document
 */

function main() {
  const platforms = packed().filter((tarball) => !isMain(tarball));
  const crates = merged(platforms.map(({ manifest }) => cratesOf(targetOf(manifest))));
  const document = npmDocument();
  document.metadata.component = {
    ...document.metadata.component,
    ...{ 'bom-ref': OUR_PACKAGE, name, purl: OUR_PACKAGE },
  };
  document.components.push(...platforms.map(platformComponent), ...crates.components);
  document.dependencies = [
    { ref: OUR_PACKAGE, dependsOn: platforms.map(({ manifest }) => purl(manifest)) },
    ...platforms.map(({ manifest }) => ({ ref: purl(manifest), dependsOn: [OUR_CRATE] })),
    ...crates.dependencies,
  ];
  const text = `${JSON.stringify(document, null, 2)}\n`;
  refuse(document, text);
  const file = path.join(DIST, `${name}.cdx.json`);
  writeFileSync(file, text);
  const linked = crates.components.filter(({ scope }) => scope === 'required');
  console.log(`${path.relative(process.cwd(), file)}  ${linked.length} crates linked`);
}

/**
 * npm's own, of which our packages are made: nothing so far. It says what made it.
 * @returns {Document}
 */
function npmDocument() {
  const how = ['--sbom-format', 'cyclonedx', '--package-lock-only', '--omit=dev', '--omit=peer'];
  return JSON.parse(output('npm', ['sbom', ...how]));
}

/** @param {Tarball} tarball @returns {Component & Record<string, unknown>} */
function platformComponent({ file, manifest }) {
  const content = createHash('sha256').update(readFileSync(file)).digest('hex');
  return {
    type: 'library',
    'bom-ref': purl(manifest),
    name: manifest.name,
    version: manifest.version,
    scope: 'optional',
    hashes: [{ alg: 'SHA-256', content }],
    licenses: [{ expression: manifest.license }],
    purl: purl(manifest),
  };
}

/**
 * Of all platforms: a crate that one of them links is linked.
 * @param {Crates[]} platforms
 * @returns {Crates}
 */
function merged(platforms) {
  /** @type {Map<string, Component>} */
  const components = new Map();
  /** @type {Map<string, Set<string>>} */
  const dependencies = new Map();
  for (const component of platforms.flatMap((platform) => platform.components)) {
    if (components.get(component.purl)?.scope !== 'required') {
      components.set(component.purl, component);
    }
  }
  for (const { ref, dependsOn } of platforms.flatMap((platform) => platform.dependencies)) {
    dependencies.set(ref, new Set([...(dependencies.get(ref) ?? []), ...(dependsOn ?? [])]));
  }
  return {
    components: [...components.values()],
    dependencies: [...dependencies].map(([ref, others]) => ({
      ref,
      dependsOn: [...others].sort(),
    })),
  };
}

/**
 * Throws for a document that lies or tells too much.
 * @param {Document} document
 * @param {string} text
 */
function refuse({ metadata, components, dependencies }, text) {
  const known = new Set([metadata.component, ...components].map(({ 'bom-ref': ref }) => ref));
  const referred = dependencies.flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn]);
  const unknown = referred.filter((ref) => !known.has(ref));
  if (unknown.length > 0) {
    throw new Error(`The SBOM refers to ${unknown}, which it does not hold.`);
  }
  for (const essential of ['ring', 'rustls', 'tokio', 'napi']) {
    if (!components.some(({ name, scope }) => name === essential && scope === 'required')) {
      throw new Error(`The SBOM does not name ${essential}, which is linked in.`);
    }
  }
  const bare = components.find(({ purl, hashes }) => purl !== OUR_CRATE && hashes === undefined);
  if (bare !== undefined) throw new Error(`The SBOM has no checksum of ${bare.purl}.`);
  const place = [`${ROOT}/`, `${homedir()}/`, 'file://'].find((folder) => text.includes(folder));
  if (place !== undefined) {
    throw new Error(`The SBOM names ${place}, a place on this machine.`);
  }
}

/** @param {Manifest} manifest */
function targetOf(manifest) {
  return targetNamed(manifest.name.replace(/.*\//, ''));
}

/** @param {Manifest} manifest */
function purl({ name, version }) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

main();
