// The packed tarballs where a bundler takes them along, and where a test runner gives them another realm.
//
//   npm ci --ignore-scripts && npm run check [-- [--only TEXT] TARBALL...]        non-zero if it fails
import path from 'node:path';
import { runChecks } from '../../support/checks.mjs';
import { installedApp } from '../../support/tarballs.mjs';
import { browserChecks } from './checks/browsers.mjs';
import { bundleChecks } from './checks/bundles.mjs';
import { runnerChecks } from './checks/runners.mjs';
import { tracingChecks } from './checks/tracing.mjs';
import { typeChecks } from './checks/types.mjs';

const app = await installedApp([path.join(import.meta.dirname, 'app')]);
const all = [bundleChecks, tracingChecks, browserChecks, runnerChecks, typeChecks];
await runChecks(all.flatMap((checksOf) => checksOf(app)));
