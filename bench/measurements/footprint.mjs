// What a candidate takes of memory, threads and disk. Memory is the most that was ever resident,
// over bare Node; so what is touched once and given back counts. Disk is the size of the files that
// npm installs, not of the blocks that they occupy.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { median } from '../statistics.mjs';
import { starts, startWorkspace } from './cold.mjs';

export const title = 'Footprint';

export async function measure({ host, candidates, quick, progress }) {
  const rounds = quick ? 1 : 11;
  const rows = [];
  for (const { step, protocol, what } of STAGES) {
    const workspace = await startWorkspace(host, { protocol });
    const turns = { entries: candidates, env: workspace.env, rounds, step };
    const runs = await starts(turns, (done) => progress(`${what}: ${done}`));
    await workspace.close();
    const over = (pick) => {
      const bare = median(runs.bare.map(pick));
      return candidates.map(({ name }) => median(runs[name].map(pick)) - bare);
    };
    const group = 'over bare node';
    const mebibytes = over(({ peakKiB }) => peakKiB / 1024);
    rows.push({ group, what: `peak memory, ${what}`, unit: 'MiB', values: mebibytes });
    if (step === 'token') {
      rows.push({ group, what: `threads, ${what}`, unit: '', values: over((run) => run.threads) });
    }
  }
  const group = 'installed';
  const packages = candidates.map(({ folder }) => packagesIn(folder));
  const megabytes = candidates.map(
    ({ folder }) => bytesIn(path.join(folder, 'node_modules')) / 1e6,
  );
  rows.push({ group, what: 'packages', unit: '', values: packages });
  rows.push({ group, what: 'size', unit: 'MB', values: megabytes });
  return rows;
}

const STAGES = [
  { step: 'import', protocol: 'http', what: 'import' },
  { step: 'token', protocol: 'http', what: 'first token over http' },
  { step: 'token', protocol: 'https', what: 'first token over https' },
];

function packagesIn(folder) {
  const list = path.join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(list)) return 0;
  const { packages } = JSON.parse(readFileSync(list, 'utf8'));
  // Optional ones for other platforms are listed too.
  return Object.keys(packages).filter((name) => existsSync(path.join(folder, name))).length;
}

function bytesIn(folder) {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size)
    .reduce((sum, size) => sum + size, 0);
}
