import { Worker, type WorkerOptions } from 'node:worker_threads';

const packageFile = require.resolve('lakebase-token');

/** What `body`, an async function's, returns in each of `count` worker threads. */
export function inWorkers<T = string[]>(
  count: number,
  body: string,
  options?: WorkerOptions,
): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, () => inWorker<T>(body, options)));
}

async function inWorker<T>(body: string, options?: WorkerOptions): Promise<T> {
  const worker = startWorker(`parentPort.postMessage(await (async () => { ${body} })());`, options);
  try {
    return await new Promise<T>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  } finally {
    await worker.terminate();
  }
}

/** A worker thread that runs `program` with the package's functions in scope. */
export function startWorker(program: string, options?: WorkerOptions): Worker {
  const source = `
    const { parentPort } = require('node:worker_threads');
    const { getLakebaseCredential, getLakebasePostgresToken, invalidateLakebasePostgresToken } =
      require(${JSON.stringify(packageFile)});
    (async () => { ${program} })();
  `;
  return new Worker(source, { eval: true, ...options });
}
