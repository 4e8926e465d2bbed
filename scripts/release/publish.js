// `npm run release:publish -- [--dry-run]`: publishes the tarballs of dist/ with provenance, those of
// the platforms first: an install in between finds all packages that it needs. What has been
// published already is passed over, so that a publication that was cut short can be run again.
//
// It reads no secret: npm asks the workflow's own identity for one (trusted publishing).
'use strict';

const { distTag } = require('./dist_tag.js');
const { packed } = require('./packed.js');
const { inSight, npm, tryNpm } = require('../../support/run.js');
const { targets } = require('../targets.js');

/** @param {boolean} isDryRun */
function main(isDryRun) {
  const tarballs = packed();
  // A platform that is missing now can never be added: the main package names it with this version.
  if (!isDryRun && tarballs.length !== targets.length + 1) {
    throw new Error(
      `There are ${tarballs.length} tarballs for ${targets.length} platforms and one.`,
    );
  }
  for (const { file, manifest } of tarballs) {
    const { name, version } = manifest;
    if (!isDryRun && isPublished(name, version)) {
      console.log(`${name}@${version} is published already.`);
    } else {
      publish(file, version, isDryRun);
      console.log(`${isDryRun ? 'Would publish' : 'Published'} ${name}@${version}`);
    }
  }
}

/** @param {string} file @param {string} version @param {boolean} isDryRun */
function publish(file, version, isDryRun) {
  const tag = distTag(version);
  const how = isDryRun ? ['--dry-run', '--loglevel', 'error'] : ['--provenance'];
  npm(['publish', file, '--access', 'public', '--tag', tag, ...how], inSight);
}

/** @param {string} name @param {string} version */
function isPublished(name, version) {
  const { status, stdout, stderr } = tryNpm(['view', `${name}@${version}`, 'version']);
  if (status !== 0 && !stderr.includes('E404')) {
    throw new Error(`npm could not say whether ${name}@${version} is published: ${stderr}`);
  }
  return status === 0 && stdout.trim() === version;
}

main(process.argv.includes('--dry-run'));
