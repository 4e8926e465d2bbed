// `npm run bench`: this package beside the recipe and the official client, in one run on one machine.
//
//   npm run bench                          everything, half an hour: results.json and charts/
//   npm run bench -- --quick               the same, shortened to try it out; writes nothing
//   npm run bench -- --only rotation       one measurement; writes nothing
//   npm run bench -- --before b877186      the cold start also beside this package at that commit, which is built
import { rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { budgetsOf, budgetTable } from './budgets.mjs';
import { emulatorHost } from './emulator.mjs';
import { machine, versions } from './machine.mjs';
import * as cachedCall from './measurements/cached_call.mjs';
import * as cold from './measurements/cold.mjs';
import * as faults from './measurements/faults.mjs';
import * as fleetStarts from './measurements/fleet_starts.mjs';
import * as footprint from './measurements/footprint.mjs';
import * as herd from './measurements/herd.mjs';
import * as outage from './measurements/outage.mjs';
import * as poolConnect from './measurements/pool_connect.mjs';
import * as rotation from './measurements/rotation.mjs';
import { programs } from './programs.mjs';
import { progress } from './progress.mjs';
import * as setup from './setup.mjs';
import { rounded } from './statistics.mjs';
import { table } from './table.mjs';

const MEASUREMENTS = {
  'cached-call': cachedCall,
  cold,
  'pool-connect': poolConnect,
  footprint,
  rotation,
  faults,
  outage,
  'fleet-starts': fleetStarts,
  herd,
};

async function main() {
  const { quick, only, before: commit } = options();
  const folder = setup.temporaryFolder();
  process.once('exit', () => {
    programs.endAll();
    // An npm that was interrupted may be writing still.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // Not once: a terminal, or a second Ctrl-C, would end it for good while it tidies up.
    process.on(signal, () => process.exit(1));
  }
  const { candidates, before } = prepare(folder, only, commit);
  const results = await measure({ candidates, before, folder, quick, only });
  progress.clear();
  if (only !== undefined) return;
  const budgets = budgetsOf(results);
  console.log(budgetTable(quick ? 'Budgets, by a run too short to tell' : 'Budgets', budgets));
  if (quick) return;
  const report = {
    measuredAt: new Date().toISOString(),
    machine: machine(),
    versions: versions(candidates),
    budgets,
    results,
  };
  writeFileSync(new URL('results.json', import.meta.url), text(report));
  const { drawCharts } = await import('./charts.mjs');
  await drawCharts(report);
}

function options() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      before: { type: 'string' },
    },
  });
  if (values.only !== undefined && !Object.hasOwn(MEASUREMENTS, values.only)) {
    throw new Error(`There is no ${values.only}. Name one of ${Object.keys(MEASUREMENTS)}.`);
  }
  return values;
}

function prepare(folder, only, commit) {
  progress('Installing the libraries');
  setup.installLibraries();
  progress('Installing the candidates');
  const candidates = setup.installCandidates(folder);
  if (only === undefined || only === 'herd') {
    progress('Building the simulation of a fleet');
    setup.buildHerd();
  }
  if (commit === undefined) return { candidates };
  progress(`Building the package at ${commit}`);
  return { candidates, before: setup.installBefore(folder, commit) };
}

async function measure({ only, ...context }) {
  const host = await emulatorHost();
  const results = {};
  for (const [name, { title, measure }] of Object.entries(MEASUREMENTS)) {
    if (only !== undefined && only !== name) continue;
    const tell = (text) => progress(`${title}: ${text}`);
    results[name] = (await measure({ ...context, host, progress: tell })).map(roundedRow);
    progress.clear();
    console.log(`${table(title, results[name])}\n`);
  }
  await host.close();
  return results;
}

function roundedRow(row) {
  return JSON.parse(
    JSON.stringify(row, (_, value) => (typeof value === 'number' ? rounded(value) : value)),
  );
}

/** As JSON that can be read: a line for each row. */
function text({ budgets, results, ...about }) {
  const list = (rows, indent) => {
    const lines = rows.map((row) => `${indent}  ${JSON.stringify(row)}`);
    return `[\n${lines.join(',\n')}\n${indent}]`;
  };
  const sections = Object.entries(results).map(
    ([name, rows]) => `    ${JSON.stringify(name)}: ${list(rows, '    ')}`,
  );
  const head = JSON.stringify(about, null, 2).slice(0, -2);
  return `${head},\n  "budgets": ${list(budgets, '  ')},\n  "results": {\n${sections.join(',\n')}\n  }\n}\n`;
}

await main();
