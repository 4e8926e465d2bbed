// The file tracing of Vercel, Nitro and Next.js's webpack: every file that is needed, and no warning.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { nodeFileTrace } from '@vercel/nft';
import { TARGET, works } from './bundles.mjs';

/** @param {string} app a folder that the package is installed in */
export function tracingChecks(app) {
  return [{ name: '@vercel/nft: what it finds runs elsewhere', run: () => runsElsewhere(app) }];
}

async function runsElsewhere(app) {
  const { fileList, warnings } = await nodeFileTrace([path.join(app, 'pool.mjs')], {
    base: app,
  });
  // pg's own, which it does without.
  const ours = [...warnings].filter(({ message }) => !message.includes('/node_modules/pg'));
  assert.deepEqual(ours, []);
  const addons = [...fileList].filter((file) => file.endsWith('.node'));
  assert.deepEqual(addons, [
    `node_modules/@lakebase-token/${TARGET}/lakebase-token.${TARGET}.node`,
  ]);
  const place = mkdtempSync(`${app}-traced-`);
  for (const file of fileList) cpSync(path.join(app, file), path.join(place, file));
  await works({ file: 'pool.mjs' }, place, path.join(app, 'node_modules'), {});
}
