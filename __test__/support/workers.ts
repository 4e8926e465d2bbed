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
    const {
      createLakebaseTokens, getLakebaseCredential, getLakebasePostgresToken, invalidateLakebasePostgresToken,
    } = require(${JSON.stringify(packageFile)});
    (async () => { ${program} })();
  `;
  return new Worker(source, { eval: true, ...options });
}

/** What became of a call, in words that can travel between threads. */
export type Told =
  | { token: string }
  | {
      code: string;
      name: string;
      retryable: boolean;
      message: string;
      errorCode?: string;
      requestId?: string;
      /** The rejection in every form in which it could reach a log. */
      shown: string;
    };

/** The source of a function `tell` that resolves to what became of a promise. */
export const tell = `
  const { inspect } = require('node:util');
  const everyForm = (error) => [
    error.message,
    error.stack,
    JSON.stringify(error),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    inspect(error, { depth: 10, showHidden: true }),
    String(error),
    String(error.cause),
    error.cause && error.cause.stack,
  ].join('\\n');
  const tell = (promise) => promise.then(
    (token) => ({ token }),
    (error) => {
      const { code, name, retryable, message, errorCode, requestId } = error;
      return { code, name, retryable, message, errorCode, requestId, shown: everyForm(error) };
    },
  );
`;

/** What `body` returns in a worker thread of this environment, and what that wrote to its stderr. */
export async function inQuietWorker<T>(
  body: string,
  env: Readonly<Record<string, string>>,
): Promise<{ value: T; stderr: string }> {
  const worker = startWorker(`parentPort.postMessage(await (async () => { ${body} })());`, {
    env: { ...env },
    stderr: true,
  });
  let stderr = '';
  worker.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  try {
    const value = await new Promise<T>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    return { value, stderr };
  } finally {
    await worker.terminate();
  }
}
