// `npm run check:version -- [TAG]`: whether package.json, package-lock.json, Cargo.toml and Cargo.lock name
// one version and, before a release, whether TAG is that version and CHANGELOG.md tells of it.
'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');
const { ROOT } = require('../root.js');

/** @param {string} [tag] */
function main(tag) {
  const { version } = JSON.parse(text('package.json'));
  const lock = JSON.parse(text('package-lock.json'));
  const named = {
    'package-lock.json': lock.version,
    'its first package': lock.packages[''].version,
    'Cargo.toml': /^version = "(.+)"$/m.exec(text('Cargo.toml'))?.[1],
    'Cargo.lock': /^name = "lakebase-token"\nversion = "(.+)"$/m.exec(text('Cargo.lock'))?.[1],
    ...(tag !== undefined && {
      'the tag': tag.replace(/^v/, ''),
      'CHANGELOG.md': latest(text('CHANGELOG.md'), version),
    }),
  };
  const others = Object.entries(named).filter(([, other]) => other !== version);
  for (const [place, other] of others) {
    console.error(`package.json says ${version}, but ${place} says ${other}.`);
  }
  process.exitCode = others.length > 0 ? 1 : 0;
  if (others.length === 0)
    console.log(`Version ${version}, in ${Object.keys(named).length + 1} places.`);
}

/**
 * The version that has the changelog's first section, "nothing of it" if it has none at all.
 * @param {string} changelog
 * @param {string} version
 */
function latest(changelog, version) {
  const sections = [...changelog.matchAll(/^## \[?(\S+?)\]?(?: .*)?$/gm)].map(([, name]) => name);
  return sections.includes(version)
    ? version
    : `nothing of it (its sections: ${sections.join(', ')})`;
}

/** @param {string} file */
function text(file) {
  return readFileSync(path.join(ROOT, file), 'utf8').replaceAll('\r\n', '\n');
}

main(process.argv[2]);
