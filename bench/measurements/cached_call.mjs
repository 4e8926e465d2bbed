// What a call costs while the token is cached. A process for each candidate and round, in turns: two
// candidates in one process would spoil each other's compiled code. Measured is the time on the
// calling thread and what the call takes of the JavaScript heap; not what native code allocates.
//
// Beside them this package with a subscriber on each of its channels, which the others have none of, and an
// empty call into an addon: what goes on in an addon costs that and more.
import { fileURLToPath } from 'node:url';
import { emptyAddon } from '../empty_addon.mjs';
import { run } from '../programs.mjs';
import { median } from '../statistics.mjs';

export const title = 'A call with the token cached';

const FLAGS = ['--expose-gc', '--max-semi-space-size=64'];
const SUBSCRIBED = [
  '--import',
  fileURLToPath(new URL('../programs/subscribed.mjs', import.meta.url)),
];

export async function measure({ host, candidates, folder, quick, progress }) {
  const rounds = quick ? 1 : 7;
  const seconds = String(quick ? 0.05 : 0.6);
  const ours = candidates.at(-1);
  const entries = [...candidates, { ...ours, name: 'ours, subscribed', flags: SUBSCRIBED }];
  const addon = emptyAddon(folder);
  const runs = entries.map(() => []);
  const floor = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { name, module, flags = [] }] of entries.entries()) {
      progress(`${name}, round ${round + 1} of ${rounds}`);
      const workspace = await host.start();
      const options = { env: workspace.env, flags: [...FLAGS, ...flags] };
      const figures = await run('calls.mjs', [module, seconds], options);
      runs[index].push({ ...figures, requests: (await workspace.requests()).length });
      await workspace.close();
    }
    floor.push(await run('empty_calls.mjs', [addon, seconds], { env: {}, flags: FLAGS }));
  }
  const figures = (pick) => runs.map((ofEntry) => median(ofEntry.map(pick)));
  return rows(figures, (pick) => median(floor.map(pick)));
}

/** `figures(pick)`: of each candidate and of ours with a subscriber; `floor(pick)`: of the empty call. */
function rows(figures, floor) {
  const row = (what, unit, pick) => ({ what, unit, values: figures(pick).slice(0, 3) });
  const ofOurs = (what, value) => ({ what, unit: 'ns', values: [null, null, value] });
  const subscribed = (pick) => figures(pick)[3];
  return [
    row('called', 'ns', ({ single }) => single.called),
    ofOurs(
      'called, with a subscriber',
      subscribed(({ single }) => single.called),
    ),
    ofOurs(
      'called, an empty Node-API call',
      floor(({ called }) => called),
    ),
    row('awaited', 'ns', ({ single }) => single.awaited),
    ofOurs(
      'awaited, with a subscriber',
      subscribed(({ single }) => single.awaited),
    ),
    ofOurs(
      'awaited, an empty Node-API call',
      floor(({ awaited }) => awaited),
    ),
    row('10,000 concurrent', 'ns', ({ single }) => single.concurrent),
    row('called, in 4 threads', 'ns', ({ threads }) => threads.called),
    row('awaited, in 4 threads', 'ns', ({ threads }) => threads.awaited),
    row('10,000 concurrent, in 4 threads', 'ns', ({ threads }) => threads.concurrent),
    row('heap, called', 'B', ({ bytes }) => bytes.called),
    row('heap, awaited', 'B', ({ bytes }) => bytes.awaited),
    row('requests of 5 threads', '', ({ requests }) => requests),
  ].map((each) => ({ group: 'per call', ...each }));
}
