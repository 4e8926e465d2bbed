import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
// Its programs are ended first.
import './processes.mjs';

/** Removed with everything in it at the end, however it comes. */
export function temporaryFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-e2e-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}
