// The three ways in which a cached token is asked for, measured with mitata.
import { measure } from 'mitata';

/** @param {() => Promise<string>} getToken whose token is cached once this resolves */
export async function callsOf(getToken) {
  if (!/^postgres-token-/.test(await getToken())) throw new Error('There is no token.');
  return loopsOf(getToken);
}

/** @param {() => unknown} call */
export function loopsOf(call) {
  function called(count) {
    for (let number = 0; number < count; number += 1) call();
  }

  async function awaited(count) {
    for (let number = 0; number < count; number += 1) await call();
  }

  async function concurrent(count) {
    const promises = new Array(count);
    for (let number = 0; number < count; number += 1) promises[number] = call();
    await Promise.all(promises);
  }

  /** The median of many samples, each of `count` calls in a row, so that a clock can see them. */
  async function nsPerCall(loop, count, seconds) {
    const { p50 } = await measure(() => loop(count), { min_cpu_time: seconds * 1e9 });
    return p50 / count;
  }

  return {
    called,
    awaited,
    measure: async (seconds) => ({
      called: await nsPerCall(called, 1000, seconds),
      awaited: await nsPerCall(awaited, 1000, seconds),
      // Promise.all and its array are part of it, and the same for every candidate.
      concurrent: await nsPerCall(concurrent, 10_000, seconds),
    }),
  };
}
