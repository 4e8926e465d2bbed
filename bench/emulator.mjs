// Workspace emulators in a process of their own, so that what they cost is not the candidate's.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { programs } from './programs.mjs';

/** Starts the process. `start` may be called any number of times; `close` ends it. */
export async function emulatorHost() {
  const child = programs.add(fork(new URL('programs/emulator.mjs', import.meta.url)));
  const pending = new Map();
  let calls = 0;
  child.on('message', ({ call, result, error }) => {
    const { resolve, reject } = pending.get(call);
    pending.delete(call);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  child.once('exit', () => {
    for (const { reject } of pending.values()) reject(new Error('The emulator has ended.'));
  });

  function ask(workspace, method, ...parameters) {
    return new Promise((resolve, reject) => {
      calls += 1;
      pending.set(calls, { resolve, reject });
      child.send({ call: calls, workspace, method, parameters });
    });
  }

  return {
    /** A workspace, and the environment of a process that is to use it. */
    async start(options = {}) {
      const { workspace, env } = await ask(undefined, 'start', options);
      return {
        env: environment(env),
        /** From now on every request of `step` meets the fault, or that of the name; with `null` none does. */
        answer: (step, fault) => ask(workspace, 'answer', step, fault),
        /** The same of every request for a token. */
        answerAll: (fault) => ask(workspace, 'answerAll', fault),
        /** The same from the next one on, and for so long. */
        breakFor: (fault, ms) => ask(workspace, 'breakFor', fault, ms),
        revokeAccessTokens: () => ask(workspace, 'revokeAccessTokens'),
        /** When each request arrived, in milliseconds since 1970. */
        requests: () => ask(workspace, 'requests'),
        close: () => ask(workspace, 'close'),
      };
    },
    async close() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

/** Nothing of this machine's: no proxy, no NODE_OPTIONS, no profile of the Databricks CLI. */
function environment(env) {
  const { PATH, SystemRoot, TMPDIR, TEMP } = process.env;
  const own = Object.entries({ PATH, SystemRoot, TMPDIR, TEMP, ...env });
  // An empty variable counts as set for the official client.
  return Object.fromEntries(own.filter(([, value]) => value !== undefined && value !== ''));
}
