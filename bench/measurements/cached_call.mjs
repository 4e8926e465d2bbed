// What a call costs while the token is cached. A process for each candidate and round, in turns: two
// candidates in one process would spoil each other's compiled code. Measured is the time on the
// calling thread and what the call takes of the JavaScript heap; not what native code allocates.
import { run } from '../programs.mjs';
import { median } from '../statistics.mjs';

export const title = 'A call with the token cached';

const FLAGS = ['--expose-gc', '--max-semi-space-size=64'];

export async function measure({ host, candidates, quick, progress }) {
  const rounds = quick ? 1 : 7;
  const seconds = quick ? 0.05 : 0.6;
  const runs = candidates.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { name, module }] of candidates.entries()) {
      progress(`${name}, round ${round + 1} of ${rounds}`);
      const workspace = await host.start();
      const options = { env: workspace.env, flags: FLAGS };
      const figures = await run('calls.mjs', [module, String(seconds)], options);
      runs[index].push({ ...figures, requests: (await workspace.requests()).length });
      await workspace.close();
    }
  }
  const figure = (pick) => candidates.map((_, index) => median(runs[index].map(pick)));
  return [
    { what: 'called', unit: 'ns', values: figure((run) => run.single.called) },
    { what: 'awaited', unit: 'ns', values: figure((run) => run.single.awaited) },
    { what: '10,000 concurrent', unit: 'ns', values: figure((run) => run.single.concurrent) },
    { what: 'called, in 4 threads', unit: 'ns', values: figure((run) => run.threads.called) },
    { what: 'awaited, in 4 threads', unit: 'ns', values: figure((run) => run.threads.awaited) },
    {
      what: '10,000 concurrent, in 4 threads',
      unit: 'ns',
      values: figure((run) => run.threads.concurrent),
    },
    { what: 'heap, called', unit: 'B', values: figure((run) => run.bytes.called) },
    { what: 'heap, awaited', unit: 'B', values: figure((run) => run.bytes.awaited) },
    { what: 'requests of 5 threads', unit: '', values: figure((run) => run.requests) },
  ].map((row) => ({ group: 'per call', ...row }));
}
