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
export async function startServer({ name, server }) {
  const child = fork(file('serve.mjs'), [name], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error(`The server of “${name}” ended.`);
  });
  failed.catch(() => {});
  const [{ port }] = await Promise.race([once(child, 'message'), failed]);
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { env: { ...identity, ...addresses[server](port) }, stop };
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
