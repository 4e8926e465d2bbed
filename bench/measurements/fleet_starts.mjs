// A fleet that starts at once, and once more while the workspace is down: with a store that it shares its
// token by (docs/fleet.md), and without one. Real processes and a real Redis; counted, not timed.
import { run } from '../programs.mjs';
import { startRedis } from '../redis.mjs';

export const title = 'A fleet that starts at once';

const LATENCY_MS = 150;

export async function measure({ host, candidates, quick, progress }) {
  const instances = quick ? 10 : 200;
  const [recipe, , ours] = candidates;
  const redis = await startRedis();
  const setups = [
    { candidate: recipe, env: {} },
    { candidate: ours, env: {} },
    { candidate: ours, env: { LAKEBASE_TOKEN_STORE: redis.url } },
  ];
  const figures = [];
  for (const setup of setups) {
    progress(`${instances} of ${setup.candidate.name}, ${figures.length + 1} of ${setups.length}`);
    figures.push(await starts(host, setup, instances));
  }
  await redis.close();
  return [
    ...rows(`${instances} processes`, figures, ({ up }) => up),
    ...rows(`${instances} while the workspace is down`, figures, ({ down }) => down),
  ];
}

/** What comes of the fleet's start, and of another one while the workspace is down. */
async function starts(host, { candidate, env }, instances) {
  const workspace = await host.start({ latencyMs: LATENCY_MS });
  const start = async () => {
    const before = (await workspace.requests()).length;
    const token = () =>
      run('start.mjs', ['token', candidate.module], { env: { ...workspace.env, ...env } });
    const outcomes = await Promise.allSettled(Array.from({ length: instances }, token));
    const failed = outcomes.filter(({ status }) => status === 'rejected').length;
    return { failed, requests: (await workspace.requests()).length - before };
  };
  const up = await start();
  await workspace.answerAll('unavailable');
  const down = await start();
  await workspace.close();
  return { up, down };
}

function rows(group, figures, pick) {
  const [recipe, ours, shared] = figures.map(pick);
  const both = (what, figure) => [
    { group, what, unit: '', values: [figure(recipe), null, figure(ours)] },
    { group, what: `${what}, with a store`, unit: '', values: [null, null, figure(shared)] },
  ];
  return [
    ...both('without a token', ({ failed }) => failed),
    ...both('requests', ({ requests }) => requests),
  ];
}
