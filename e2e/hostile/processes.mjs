// The servers and clients of a check, each a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { run } from '../../support/processes.mjs';
import { CA_FILE } from '../../support/tls/keys.js';
import { clientId, clientSecret, proxyPassword } from './secrets.mjs';

/** Longer than any caller waits and any flight takes: whatever is still there never settled. */
const PATIENCE_MS = 40_000;

const file = (name) => path.join(import.meta.dirname, name);

/** A server that behaves so, and the variables of who asks it. */
export async function startServer({ name, server, isFlood }) {
  // A flood must not keep the others from their work.
  if (!isFlood) quiet ??= startHost();
  const host = isFlood ? startHost() : quiet;
  const port = await host.serve(name);
  return {
    env: { ...identity, ...addresses[server](port) },
    isMet: () => host.isMet(name),
    stop: isFlood ? host.stop : () => {},
  };
}

/** One process for all that wait, for as long as there are any. */
let quiet;

export function stopServers() {
  return quiet?.stop();
}

function startHost() {
  const child = fork(file('serve.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map();
  const met = new Set();
  child.on('message', ({ name, port, isMet }) => {
    if (isMet) met.add(name);
    else waiting.get(name)(port);
  });
  let isWanted = true;
  // Its clients would be refused, and that is a right end of a call.
  const ended = once(child, 'exit').then(() => {
    if (isWanted) throw new Error(`A process of servers ended: ${[...waiting.keys()].join('; ')}.`);
  });
  return {
    serve(name) {
      const port = new Promise((resolve) => waiting.set(name, resolve));
      child.send({ name });
      return port;
    },
    isMet: (name) => met.has(name),
    async stop() {
      isWanted = false;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const identity = {
  LAKEBASE_ENDPOINT: 'projects/test-project/branches/main/endpoints/primary',
  DATABRICKS_CLIENT_ID: clientId,
  DATABRICKS_CLIENT_SECRET: clientSecret,
};

const addresses = {
  http: (port) => ({ DATABRICKS_HOST: `http://127.0.0.1:${port}` }),
  tls: (port) => ({ DATABRICKS_HOST: `https://127.0.0.1:${port}`, NODE_EXTRA_CA_CERTS: CA_FILE }),
  proxy: (port) => ({
    DATABRICKS_HOST: 'https://workspace.test',
    HTTPS_PROXY: `http://user:${proxyPassword}@127.0.0.1:${port}`,
  }),
};

/** What a program of this folder told, or how it ended instead. */
export async function report(program, args, env) {
  const line = [file(program), ...args];
  const { code, signal, stdout, stderr } = await run(process.execPath, line, {
    env,
    patienceMs: PATIENCE_MS,
  });
  if (code === 0 && stderr === '') return JSON.parse(stdout);
  const settled = stdout === '' ? 'before the call had settled' : 'after the call had settled';
  return { died: `${signal ?? `code ${code}`} ${settled}: ${stderr.slice(0, 1000)}` };
}
