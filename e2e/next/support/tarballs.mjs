// The tarballs of `npm run pack`: what is published, and what users get.
import { readdirSync } from 'node:fs';
import path from 'node:path';

const DIST = path.join(import.meta.dirname, '../../../dist');

/** The package itself first, then its platform packages. */
export function tarballs() {
  const files = readdirSync(DIST, { recursive: false }).filter((name) => name.endsWith('.tgz'));
  const [main, platform] = [/^lakebase-token-\d/, /^lakebase-token-[a-z]/].map((pattern) =>
    files.filter((name) => pattern.test(name)),
  );
  if (main.length !== 1 || platform.length === 0) {
    throw new Error(
      `There are no tarballs in ${DIST}. Run "npm run build && npm run pack -- ." first.`,
    );
  }
  return [...main, ...platform].map((name) => path.join(DIST, name));
}
