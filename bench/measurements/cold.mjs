// From the first line of a fresh process to the first token, and the whole process, from spawning to
// exit, over one that runs an empty module. Fresh processes, in turns, medians. The workspace is on
// loopback, so the name lookup and the distance of a real one are missing: the added latency stands
// for them.
//
// A process that called `fetch` does not end before V8 has compiled the WebAssembly that reads HTTP for
// it: most of what the recipe's whole process takes beyond its token (with --liftoff-only it is gone).
import { CA_FILE, serverKeys } from '../../support/tls/keys.js';
import { run } from '../programs.mjs';
import { median } from '../statistics.mjs';

export const title = 'The first token of a process';

export async function measure({ host, candidates, quick, progress }) {
  const rounds = quick ? 1 : 15;
  const rows = [];
  for (const { group, workspace: options, ...how } of situations(quick)) {
    const workspace = await startWorkspace(host, options);
    const turns = { candidates, env: workspace.env, rounds, step: 'token', ...how };
    const runs = await inTurns(turns, (done) => progress(`${group}: ${done}`));
    await workspace.close();
    const figure = (pick) => candidates.map(({ name }) => median(runs[name].map(pick)));
    const bareMs = median(runs.bare.map(({ processMs }) => processMs));
    const row = { group, unit: 'ms' };
    rows.push(
      { ...row, what: 'import', values: figure(({ importMs }) => importMs) },
      { ...row, what: 'import + first token', values: figure(({ tokenMs }) => tokenMs) },
      {
        ...row,
        what: 'whole process over one without it',
        values: figure(({ processMs }) => processMs - bareMs),
      },
    );
  }
  return rows;
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
    { group: 'http, by require()', workspace, form: 'commonjs' },
    { group: 'http, after pg was imported', workspace, flags: ['--import', withPg] },
  ];
}

/** A workspace whose certificate a client with this environment trusts. */
export async function startWorkspace(host, { protocol, latencyMs = 0 }) {
  if (protocol === 'http') return host.start({ latencyMs });
  const workspace = await host.start({ latencyMs, tls: serverKeys });
  return { ...workspace, env: { ...workspace.env, NODE_EXTRA_CA_CERTS: CA_FILE } };
}

/**
 * Runs bare Node and every candidate `rounds` times: A B C D, B C D A, ... `form` says whether as ES
 * `module` or as `commonjs`.
 */
export async function inTurns({ candidates, env, rounds, step, form = 'module', flags }, progress) {
  const program = form === 'module' ? 'start.mjs' : 'start.cjs';
  const entries = [{ name: 'bare' }, ...candidates];
  const runs = Object.fromEntries(entries.map(({ name }) => [name, []]));
  // The first of each reads files that nobody has in memory yet, and does not count.
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < entries.length; turn += 1) {
      const { name, [form]: file } = entries[(turn + round + 1) % entries.length];
      progress(`${name}, round ${round + 1} of ${rounds}`);
      const figures = await run(program, file ? [step, file] : ['bare'], { env, flags });
      if (round >= 0) runs[name].push(figures);
    }
  }
  return runs;
}
