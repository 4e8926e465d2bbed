// From the first line of a fresh process to the first token, and the whole process, from spawning to
// exit, over one that runs an empty module. Fresh processes, in turns, medians. The workspace is on
// loopback, so the name lookup and the distance of a real one are missing: the added latency stands
// for them.
//
// By require() this package is measured beside its own addon without the JavaScript around it: opened with a bare
// `process.dlopen`, and by a package that does nothing else. What lies between these two is Node's: for the first
// package with `exports` that is required by its name, it loads a resolver. With --before an earlier commit is beside
// them.
//
// A process that called `fetch` does not end before V8 has compiled the WebAssembly that reads HTTP for
// it: most of what the recipe's whole process takes beyond its token (with --liftoff-only it is gone).
import { CA_FILE, serverKeys } from '../../support/tls/keys.js';
import { run } from '../programs.mjs';
import { addonOf, installBarePackage } from '../setup.mjs';
import { median, quantile } from '../statistics.mjs';
import { inTurns } from '../turns.mjs';

export const title = 'The first token of a process';

export async function measure({ host, candidates, before, folder, quick, progress }) {
  const rounds = quick ? 1 : 15;
  const others = othersThan(candidates.at(-1), before, folder);
  const rows = [];
  for (const { group, workspace: options, beside, ...how } of situations(quick)) {
    const more = beside ? others : [];
    const workspace = await startWorkspace(host, options);
    const turns = { entries: [...candidates, ...more], env: workspace.env, step: 'token', ...how };
    // What is held against itself is measured more often.
    const often = more.length > 0 && !quick ? 3 * rounds : rounds;
    const runs = await starts({ ...turns, rounds: often }, (done) => progress(`${group}: ${done}`));
    await workspace.close();
    rows.push(...rowsOf(runs, candidates, group), ...rowsOfMore(runs, more, group));
  }
  return rows;
}

/** The addon of this package, as `programs/start.cjs` opens it and as a package does, and an earlier commit's, if any. */
function othersThan(ours, before, folder) {
  const dlopen = { name: 'a bare dlopen', step: 'dlopen', commonjs: addonOf(ours) };
  return [dlopen, installBarePackage(folder, ours), ...(before ? [before] : [])];
}

function rowsOf(runs, candidates, group) {
  const figure = (pick) => candidates.map(({ name }) => median(runs[name].map(pick)));
  const bareMs = median(runs.bare.map(({ processMs }) => processMs));
  const row = { group, unit: 'ms' };
  return [
    { ...row, what: 'import', values: figure(({ importMs }) => importMs) },
    { ...row, what: FIRST_TOKEN, values: figure(({ tokenMs }) => tokenMs) },
    {
      ...row,
      what: 'whole process over one without it',
      values: figure(({ processMs }) => processMs - bareMs),
    },
  ];
}

/** Of each other than the candidates, and this package over it: the median of the pairs, turn by turn. */
function rowsOfMore(runs, more, group) {
  return more.flatMap(({ name }) => {
    const tokensMs = (of) => runs[of].map(({ tokenMs }) => tokenMs);
    const theirs = tokensMs(name);
    const ratios = tokensMs('ours').map((ours, turn) => ours / theirs[turn]);
    return [
      { group, what: `${FIRST_TOKEN}, ${name}`, unit: 'ms', values: [null, null, median(theirs)] },
      {
        group,
        what: `ours over ${name}`,
        unit: '×',
        values: [null, null, median(ratios)],
        quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
      },
    ];
  });
}

function situations(quick) {
  const modules = ['http', 'https'].flatMap((protocol) =>
    [0, 50, 150].map((latencyMs) => ({
      group: `${protocol}, ${latencyMs} ms per request`,
      workspace: { protocol, latencyMs },
    })),
  );
  const workspace = { protocol: 'http' };
  const withPg = new URL('../programs/with_pg.mjs', import.meta.url).href;
  return [
    ...(quick ? [modules.at(0), modules.at(-1)] : modules),
    { group: 'http, by require()', workspace, form: 'commonjs', beside: true },
    { group: 'http, after pg was imported', workspace, flags: ['--import', withPg] },
  ];
}

/** A workspace whose certificate a client with this environment trusts. */
export async function startWorkspace(host, { protocol, latencyMs = 0 }) {
  if (protocol === 'http') return host.start({ latencyMs });
  const workspace = await host.start({ latencyMs, tls: serverKeys });
  return { ...workspace, env: { ...workspace.env, NODE_EXTRA_CA_CERTS: CA_FILE } };
}

/** Bare Node and every entry, in turns. `form` says whether as ES `module` or as `commonjs`. */
export function starts({ entries, env, rounds, step, form = 'module', flags }, progress) {
  const program = form === 'module' ? 'start.mjs' : 'start.cjs';
  const runOnce = ({ step: own = step, [form]: file }) =>
    run(program, file ? [own, file] : ['bare'], { env, flags });
  return inTurns({ entries: [{ name: 'bare' }, ...entries], rounds, runOnce }, progress);
}

const FIRST_TOKEN = 'import + first token';
