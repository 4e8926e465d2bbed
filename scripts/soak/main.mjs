// `npm run soak`: mixed load in one process, round after round. Every call has to end as it should, and of what
// a round has made nothing may be left. Needs Linux, redis-server and a build (`npm run build`).
//
//   npm run soak -- [--minutes 1] [--seed TEXT] [--verbose]
//
// A round is all of the load at once (load.mjs, lanes/) against workspaces of this process, of which one has a
// trouble by turn, with a Redis that is stopped and started. Then the process that is watched is at rest, and what
// it has is counted from /proc and from inside.
import { randomBytes } from 'node:crypto';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../../support/temporary_folder.mjs';
import { problemOf } from './judge.mjs';
import { FEWEST_ROUNDS } from './level.mjs';
import { forgetOld, Place } from './places.mjs';
import { planOf } from './plan.mjs';
import { Report } from './report.mjs';
import { startStore } from './store.mjs';
import { startWatched } from './watched.mjs';

/**
 * @typedef {import('./plan.mjs').Plan} Plan
 * @typedef {Record<'storm' | 'calm' | 'people' | 'federated', Place>} Places
 */

async function main() {
  const { minutes, seed, verbose } = options();
  console.log(`seed ${seed}`);
  const store = await startStore();
  /** @type {Map<string, import('./judge.mjs').Issued>} */
  const issued = new Map();
  const places = placesWhich(issued);
  await Promise.all(Object.values(places).map((place) => place.replace()));
  const watched = startWatched(
    {
      LAKEBASE_TOKEN_STORE: store.url,
      LAKEBASE_TOKEN_STORE_KEY: randomBytes(32).toString('base64'),
    },
    temporaryFolder(),
  );
  const all = { places, store, watched, seed, elsewhere: anotherCopy() };
  const report = new Report();
  const until = performance.now() + minutes * 60_000;
  for (let number = 1; number <= FEWEST_ROUNDS || performance.now() < until; number += 1) {
    const plan = planOf(seed, number);
    const done = await round(plan, all);
    const sample = { ...(await watched.outside()), ...done.inside };
    if (verbose) console.log(plan.name, sample);
    report.sample(sample);
    judge(report, plan, done, { places, issued });
  }
  const badly = await watched.end();
  if (badly) report.problem(badly);
  for (const [name, { refusals }] of Object.entries(places)) {
    for (const reason of refusals) report.problem(`The workspace ${name} refused: ${reason}`);
  }
  await Promise.all([store.end(), ...Object.values(places).map((place) => place.close())]);
  process.exitCode = report.end() ? 0 : 1;
}

/**
 * @param {Report} report
 * @param {Plan} plan
 * @param {import('./load.mjs').Done} done
 * @param {{ places: Places, issued: Map<string, import('./judge.mjs').Issued> }} known
 */
function judge(report, { name }, { ended, problems }, { places, issued }) {
  for (const problem of problems) report.problem(`${name}: ${problem}`);
  for (const call of ended) {
    const { asked } = places[/** @type {keyof Places} */ (call.place)];
    report.call(call, name, problemOf(call, asked, issued));
  }
  forgetOld(issued);
}

function options() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string' },
      verbose: { type: 'boolean' },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes is a number, not ${values.minutes}.`);
  return { minutes, seed: values.seed ?? `${Date.now() % 1_000_000}`, verbose: values.verbose };
}

/** @param {Map<string, import('./judge.mjs').Issued>} issued @returns {Places} */
function placesWhich(issued) {
  const lifetimeMs = { postgresToken: 3000, accessToken: 12_000 };
  return {
    storm: new Place({ lifetimeMs }, issued),
    calm: new Place({ lifetimeMs }, issued),
    people: new Place({ lifetimeMs, auth: 'personal-token' }, issued),
    federated: new Place({ lifetimeMs, auth: 'federation' }, issued),
  };
}

/** Its binary is another file, too. */
function anotherCopy() {
  const root = path.resolve(import.meta.dirname, '../..');
  const folder = temporaryFolder();
  const binaries = readdirSync(root).filter((name) => name.endsWith('.node'));
  for (const name of ['js', 'package.json', ...binaries]) {
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
  return folder;
}

/**
 * @param {Plan} plan
 * @param {object} all
 * @param {Places} all.places
 * @param {Awaited<ReturnType<typeof startStore>>} all.store
 * @param {ReturnType<typeof startWatched>} all.watched
 * @param {string} all.seed
 * @param {string} all.elsewhere
 */
async function round(plan, { places, store, watched, seed, elsewhere }) {
  const { storm, calm, people, federated } = places;
  if (plan.isElsewhere) await storm.replace();
  storm.workspace.setLifetime({ postgresToken: plan.lifeMs });
  const relieve = afflict(plan, [storm, ...(plan.alsoAt ? [places[plan.alsoAt]] : [])]);
  const [done] = await Promise.all([
    watched.run({
      number: plan.number,
      seed,
      elsewhere,
      env: storm.env,
      places: { calm: calm.env, people: people.env, federated: federated.env },
      idToken: federated.workspace.issueIdToken(),
    }),
    store.states[plan.store](),
  ]);
  relieve();
  return done;
}

/** The trouble comes and goes by itself, and with what this returns. @param {Plan} plan @param {Place[]} places */
function afflict({ trouble, troubleMs }, places) {
  /** @type {(() => void)[]} */
  const ends = [];
  const relieve = () => {
    for (const end of ends.splice(0)) end();
  };
  const timers = [
    setTimeout(() => ends.push(...places.map((place) => place.meet(trouble))), troubleMs.from),
    setTimeout(relieve, troubleMs.until),
  ];
  return () => {
    for (const timer of timers) clearTimeout(timer);
    relieve();
  };
}

await main();
