// The tarballs of `npm run pack`: what is published, and what users get.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import targets from '../../../scripts/targets.js';

const DIST = path.join(import.meta.dirname, '../../../dist');

/** The package itself, then this machine's binary: npm installs no other. */
export function tarballs() {
  const files = readdirSync(DIST);
  const found = [
    /^lakebase-token-\d.*\.tgz$/,
    new RegExp(`^lakebase-token-${TARGET}-.*\\.tgz$`),
  ].map((pattern) => files.filter((name) => pattern.test(name)));
  if (found.some(({ length }) => length !== 1)) {
    throw new Error(`There is no tarball, or more than one, in ${DIST}. Run "npm run pack -- .".`);
  }
  return found.flat().map((name) => path.join(DIST, name));
}

const TARGET = targets.hostTarget();
