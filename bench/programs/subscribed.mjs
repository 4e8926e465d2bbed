// Subscribes to every channel of this package before a program begins, as an instrumentation does; in each of its threads.
import { subscribe, tracingChannel } from 'node:diagnostics_channel';
import { isMainThread } from 'node:worker_threads';

let heard = 0;

function hear() {
  heard += 1;
}

for (const kind of ['fetch', 'wait']) {
  const handlers = { start: hear, end: hear, asyncStart: hear, asyncEnd: hear, error: hear };
  tracingChannel(`lakebase-token:${kind}`).subscribe(handlers);
}
for (const what of ['attempt-failed', 'rejected']) subscribe(`lakebase-token:${what}`, hear);

// The first token is told on the thread that asked for it, if anybody listens at all.
process.once('exit', () => {
  if (isMainThread && heard === 0) throw new Error('The channels have other names.');
});
