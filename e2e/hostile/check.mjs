// A call settles by its caller's patience, typed and without a secret, whatever a server does: hostile
// workspaces, TLS servers and proxies, each met by a process of its own. Needs Linux.
//
//   npm run check [-- TARBALL...]      in this folder or with --prefix; non-zero if it fails
//     --only TEXT    those whose name contains TEXT
//     --at-once N    so many at the same time, rather than 16 of those that wait beside 3 floods
//     --alone        one at a time: then a call has half a second beyond its caller's patience
//     --patiently    callers wait for floods as they do by default, for nine seconds rather than two
//
// Without a tarball it is the checkout that is tried, as it was built. Beside others a call has three
// seconds, and what takes longer is run once more.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installedApp, tarballs } from '../../support/tarballs.mjs';
import { behaviours } from './behaviours/all.mjs';
import { crowds, runCrowd } from './crowd.mjs';
import { ALONE_S, BESIDE_OTHERS_S, lateness, MEMORY_MIB, PATIENCE_S, problems } from './judge.mjs';
import { report, startServer, stopServers } from './processes.mjs';
import { printSummary } from './summary.mjs';

const { values: options, positionals: named } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    'at-once': { type: 'string' },
    alone: { type: 'boolean', default: false },
    patiently: { type: 'boolean', default: false },
  },
});
const entry =
  named.length > 0
    ? path.join(await installedApp([], tarballs(undefined, named)), 'node_modules/lakebase-token')
    : path.join(import.meta.dirname, '../..');

const FLOOD_PATIENCE_S = 2;
/** What 10 MiB in a second would pass; 8.3 is the most that was seen. */
const FLOOD_MEMORY_MIB = 20;

const isChosen = ({ name }) => name.includes(options.only);
const chosen = behaviours.filter(isChosen);
const results = [...(await judged(await everyone())), ...(await crowded(crowds.filter(isChosen)))];
if (results.length === 0) throw new Error(`Nothing is called so: ${options.only}`);
await stopServers();
printSummary(results);
process.exitCode = results.every(({ wrong }) => wrong.length === 0) ? 0 : 1;

/** What a call made of each that is chosen. */
async function everyone() {
  if (options.alone) return inLanes(chosen, 1);
  if (options['at-once']) return inLanes(chosen, Number(options['at-once']));
  const [floods, quiet] = [true, false].map((kind) =>
    chosen.filter(({ isFlood }) => isFlood === kind),
  );
  return (await Promise.all([inLanes(quiet, 16), inLanes(floods, 3)])).flat();
}

async function inLanes(some, lanes) {
  const waiting = [...some];
  const done = [];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      done.push({ behaviour: next, outcome: await met(next) });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done;
}

async function met(behaviour) {
  const server = await startServer(behaviour);
  try {
    const line = isHurried(behaviour) ? [entry, FLOOD_PATIENCE_S * 1000] : [entry];
    const outcome = await report('client.cjs', line, server.env);
    return { ...outcome, isMet: server.isMet() };
  } finally {
    await server.stop();
  }
}

/** A flood shows within seconds what it does to a caller, and takes both cores until then. */
function isHurried({ isFlood }) {
  return isFlood && !options.patiently;
}

/** Judges them one by one, and runs once more, after all others, what took too long beside them. */
async function judged(done) {
  const results = [];
  for (const { behaviour, outcome } of done) {
    const { name } = behaviour;
    const bound =
      (isHurried(behaviour) ? FLOOD_PATIENCE_S : PATIENCE_S) +
      (options.alone ? ALONE_S : BESIDE_OTHERS_S);
    const memory = isHurried(behaviour) ? FLOOD_MEMORY_MIB : MEMORY_MIB;
    const isLate = !options.alone && lateness(outcome, bound).length > 0;
    if (isLate) console.log(`once more: ${name} (${outcome.seconds.toFixed(2)} s beside others)`);
    const last = isLate ? await met(behaviour) : outcome;
    results.push(
      told({ ...last, name, wrong: [...problems(last, memory), ...lateness(last, bound)] }),
    );
  }
  return results;
}

async function crowded(some) {
  const results = [];
  for (const crowd of some) {
    const outcome = await runCrowd(
      crowd,
      entry,
      options.patiently ? PATIENCE_S : 2 * FLOOD_PATIENCE_S,
    );
    console.log(`${crowd.name}: ${outcome.note}`);
    results.push(told({ ...outcome, name: crowd.name }));
  }
  return results;
}

function told(result) {
  for (const text of result.wrong) console.log(`FAILED ${result.name}: ${text}`);
  return result;
}
