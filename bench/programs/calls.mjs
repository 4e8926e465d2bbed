// What a call costs once the token is cached: in this process, then in four worker threads at once.
//
//   node --expose-gc --max-semi-space-size=64 calls.mjs CANDIDATE SECONDS
import { once } from 'node:events';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { callsOf } from '../calls.mjs';
import { median } from '../statistics.mjs';

const [candidate, seconds] = process.argv.slice(2);

const { getLakebasePostgresToken } = await import(candidate);
const calls = await callsOf(getLakebasePostgresToken);
const single = await calls.measure(Number(seconds));
const bytes = {
  called: await bytesPerCall(calls.called),
  awaited: await bytesPerCall(calls.awaited),
};
console.log(JSON.stringify({ single, bytes, threads: await inThreads(4) }));

/** Of the JavaScript heap. There is room for all that is allocated, so nothing is collected. */
async function bytesPerCall(loop) {
  const CALLS = 20_000;
  const rounds = [];
  for (let round = 0; round < 15; round += 1) {
    globalThis.gc();
    const before = getHeapStatistics().used_heap_size;
    await loop(CALLS);
    rounds.push((getHeapStatistics().used_heap_size - before) / CALLS);
  }
  return median(rounds);
}

/** Nanoseconds per call, the mean of the threads; the token is cached in each before any begins. */
async function inThreads(count) {
  const file = new URL('calls_thread.mjs', import.meta.url);
  const workers = Array.from(
    { length: count },
    () => new Worker(file, { workerData: { candidate, seconds: Number(seconds) } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const results = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.postMessage('go');
  const figures = (await Promise.all(results)).map(([figure]) => figure);
  const mean = (kind) => figures.reduce((sum, figure) => sum + figure[kind], 0) / count;
  return { called: mean('called'), awaited: mean('awaited'), concurrent: mean('concurrent') };
}
