// The npm tag that a version is published under.
'use strict';

/**
 * `latest` is what `npm install` brings, so no prerelease is (https://semver.org: `1.0.0-beta.1`, `1.0.0-1`). One without a
 * word has no tag of its own.
 * @param {string} version
 */
exports.distTag = function distTag(version) {
  const [release = ''] = version.split('+');
  if (!release.includes('-')) return 'latest';
  const word = /-.*?([a-z]+)/i.exec(release)?.[1]?.toLowerCase() ?? 'next';
  return word === 'latest' ? 'next' : word;
};
