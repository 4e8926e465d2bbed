// Asks for a token at a steady rate, whatever becomes of the calls before, and tells how they fared.
// Talks to ../load.mjs: "ready" once the first token is there, then waits for "go". After the last call it
// waits for those without an answer, and no longer than PATIENCE_SECONDS.
//
//   node load.mjs CANDIDATE CALLS_PER_SECOND SECONDS PATIENCE_SECONDS
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { quantile } from '../statistics.mjs';

const [candidate, callsPerSecond, seconds, patienceSeconds] = process.argv.slice(2);
const BIN_MS = 250;
const bins = Math.ceil((Number(seconds) * 1000) / BIN_MS);

process.once('disconnect', () => process.exit());

const { getLakebasePostgresToken } = await import(candidate);
if (!/^postgres-token-/.test(await getLakebasePostgresToken())) throw new Error('No token.');
process.send('ready');
await once(process, 'message');

const total = Number(callsPerSecond) * Number(seconds);
const waitsMs = new Float64Array(total);
/** Tells of a call that has no answer yet. */
const pending = new Map();
const longestWaitsMs = new Array(bins).fill(0);
const failures = new Array(bins).fill(0);
// A caller waited if the event loop turned before the promise was settled: no threshold in it that
// a slow machine or a collection of garbage could cross.
let turn = 0;
let waited = 0;
const loopDelay = monitorEventLoopDelay({ resolution: 1 });

loopDelay.enable();
const startedAt = performance.now();
await callsMade();
loopDelay.disable();
const unanswered = pending.size;
for (const tell of pending.values()) tell();

const result = {
  calls: total,
  failed: failures.reduce((sum, count) => sum + count, 0),
  unanswered,
  waited,
  waitMs: {
    p50: quantile(waitsMs, 0.5),
    p99: quantile(waitsMs, 0.99),
    max: quantile(waitsMs, 1),
  },
  loopDelayMs: { p99: loopDelay.percentile(99) / 1e6, max: loopDelay.max / 1e6 },
  binMs: BIN_MS,
  longestWaitsMs,
  failures,
};
// Not before it is sent: the end of the channel ends this program.
process.send(result, () => process.disconnect());

/** Resolves when every call is settled, or nobody waits for it any more. */
function callsMade() {
  let [made, settled] = [0, 0];
  return new Promise((resolve) => {
    setTimeout(resolve, (Number(seconds) + Number(patienceSeconds)) * 1000);
    const timer = setInterval(
      () => {
        const due = Math.floor(((performance.now() - startedAt) / 1000) * callsPerSecond);
        for (; made < Math.min(due, total); made += 1) {
          call(made).then(() => {
            settled += 1;
            if (settled === total) resolve();
          });
        }
        setImmediate(() => {
          turn += 1;
        });
        if (made === total) clearInterval(timer);
      },
      Math.min(10, 1000 / callsPerSecond),
    );
  });
}

async function call(number) {
  const calledAt = performance.now();
  const calledIn = turn;
  const bin = Math.min(bins - 1, Math.floor((calledAt - startedAt) / BIN_MS));
  const tell = () => {
    pending.delete(number);
    const waitMs = performance.now() - calledAt;
    waitsMs[number] = waitMs;
    longestWaitsMs[bin] = Math.max(longestWaitsMs[bin], waitMs);
    if (turn !== calledIn) waited += 1;
  };
  pending.set(number, tell);
  try {
    await getLakebasePostgresToken();
  } catch {
    failures[bin] += 1;
  }
  tell();
}
