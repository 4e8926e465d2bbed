// `npm install lakebase-token`, and what it is with other package managers: out of a registry on
// loopback, into their layouts of node_modules, and in a workspace.
//
//   npm run build && npm run pack -- .        in the repository: makes the tarballs
//   npm ci && npm run check [-- --only TEXT]  in this folder; non-zero if a check fails
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { targets } from '../../scripts/targets.js';
import { runChecks } from '../../support/checks.mjs';
import { startRegistry } from '../../support/registry.mjs';
import { publishRelease } from '../../support/release.mjs';
import { startServices } from '../../support/services.mjs';
import { temporaryFolder } from '../../support/temporary_folder.mjs';
import { layoutChecks } from './checks/layouts.mjs';
import { pnpmChecks } from './checks/pnpm.mjs';
import { workspaceChecks } from './checks/workspace.mjs';
import { packageManagers } from './managers.mjs';

const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
const registry = await startRegistry(upstream);
const services = await startServices();
try {
  await publishRelease(registry, targets);
  const folder = temporaryFolder();
  const managers = packageManagers(registry.url);
  const places = { folder: (name) => path.join(folder, name), managers, services };
  await runChecks([...layoutChecks(places), ...workspaceChecks(places), ...pnpmChecks(places)]);
} finally {
  await services.stop();
  registry.close();
}
