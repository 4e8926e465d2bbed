// A Redis on loopback that keeps nothing, at one address through all that happens to it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Debian's `redis-server`. */
export async function startStore() {
  const port = await freePort();
  let server = await start(port);
  process.on('exit', () => server.kill('SIGKILL'));
  const end = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    /** What becomes of it in a round. @type {Record<State, () => Promise<void>>} */
    states: {
      async up() {
        server.kill('SIGCONT');
        if (server.signalCode !== null) server = await start(port);
      },
      down: end,
      /** It takes connections, and answers nobody. */
      async stopped() {
        server.kill('SIGSTOP');
      },
    },
    end,
  };
}

/** @typedef {'up' | 'down' | 'stopped'} State */

/** @param {number} port */
async function start(port) {
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(server, 'spawn');
  let said = '';
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (said.includes('Ready to accept connections')) {
      server.stdout.resume();
      return server;
    }
  }
  throw new Error(`redis-server does not start: ${said}`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}
