// A Redis on loopback that keeps nothing, at one address through all that happens to it.
import { once } from 'node:events';
import ports from '../../support/free_port.js';
import { redisServer } from '../../support/redis.mjs';

/** Debian's `redis-server`. */
export async function startStore() {
  const port = await ports.freePort();
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
  const { server, ready } = redisServer(port);
  await ready;
  return server;
}
