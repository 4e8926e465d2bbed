// The cases with worker threads.
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { getLakebasePostgresToken } from 'lakebase-token';

/** Four threads and this one, all at once. */
export async function workers() {
  const here = getLakebasePostgresToken();
  const there = Array.from({ length: 4 }, () => told(startWorker()));
  return { here: await here, there: await Promise.all(there) };
}

/** Threads that end in the middle of the flight they began. */
export async function terminated() {
  const threads = Array.from({ length: 4 }, () => startWorker());
  await Promise.all(threads.map((thread) => message(thread, (said) => said === 'called')));
  const here = getLakebasePostgresToken();
  await Promise.all(threads.map((thread) => thread.terminate()));
  return here;
}

/** A thread whose environment names a host and nothing else. */
export async function ownEnvironment() {
  const env = { DATABRICKS_HOST: process.env.DATABRICKS_HOST };
  return { there: await told(startWorker({ env })), here: await getLakebasePostgresToken() };
}

function startWorker(options) {
  return new Worker(new URL('worker.mjs', import.meta.url), options);
}

/** What came of the call, which the thread says last. */
async function told(thread) {
  const outcome = await message(thread, (said) => said !== 'called');
  await thread.terminate();
  return outcome;
}

function message(thread, isIt) {
  return new Promise((resolve, reject) => {
    thread.on('message', (said) => isIt(said) && resolve(said));
    thread.once('error', reject);
  });
}
