import { once } from 'node:events';
import { startWorker } from './workers';

/** One call of a worker thread, by this machine's clock. */
export interface Call {
  at: number;
  until: number;
  /** Its promise was not settled when it was returned. */
  waited: boolean;
  /** The number of the Postgres token it got. */
  token?: number;
  name?: string;
  code?: string;
  retryable?: boolean;
  message?: string;
}

export interface Traffic {
  /** The next call that ends in a token, or in an error. */
  next(kind: 'token' | 'error'): Promise<void>;
  /** Ends it, and resolves to all calls, in the order in which they began. */
  stop(): Promise<Call[]>;
}

/** A worker thread that asks for a token every `everyMs`, whether or not earlier calls have ended. */
export function startTraffic(env: Readonly<Record<string, string>>, everyMs = 5): Traffic {
  const worker = startWorker(PROGRAM, { env: { ...env, EVERY_MS: String(everyMs) } });
  const calls = once(worker, 'message').then(([calls]) => calls as Call[]);
  const failed = once(worker, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  const ends = new Int32Array(new SharedArrayBuffer(8));
  worker.postMessage(ends);
  return {
    async next(kind) {
      const index = kind === 'token' ? 0 : 1;
      const before = Atomics.load(ends, index);
      while (Atomics.load(ends, index) === before) {
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 5)), failed]);
      }
    },
    async stop() {
      worker.postMessage('stop');
      try {
        return await Promise.race([calls, failed]);
      } finally {
        await worker.terminate();
      }
    },
  };
}

const PROGRAM = `
  const { once } = require('node:events');
  const [ends] = await once(parentPort, 'message');
  const calls = [];
  const open = new Set();
  const notYet = Symbol();
  const call = async () => {
    const call = { at: Date.now() };
    calls.push(call);
    const promise = getLakebasePostgresToken();
    // Settled already, it wins against what is settled as well.
    const first = await Promise.race([promise, Promise.resolve(notYet)]).catch(() => {});
    call.waited = first === notYet;
    try {
      const token = await promise;
      call.until = Date.now();
      call.token = Number(/^postgres-token-(\\d+)-/.exec(token)[1]);
      Atomics.add(ends, 0, 1);
    } catch (error) {
      call.until = Date.now();
      const { name, code, retryable, message } = error;
      Object.assign(call, { name, code, retryable, message });
      Atomics.add(ends, 1, 1);
    }
  };
  const start = () => {
    const running = call();
    open.add(running);
    running.finally(() => open.delete(running));
  };
  start();
  const timer = setInterval(start, Number(process.env.EVERY_MS));
  await once(parentPort, 'message');
  clearInterval(timer);
  await Promise.all(open);
  parentPort.postMessage(calls);
`;
