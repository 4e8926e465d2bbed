// A Redis on loopback that keeps nothing, in a process of its own.
import { once } from 'node:events';
import ports from '../support/free_port.js';
import { redisServer } from '../support/redis.mjs';
import { programs } from './programs.mjs';

/** Debian's `redis-server`. Its URL, and how it is ended. */
export async function startRedis() {
  const { server, ready, url } = redisServer(await ports.freePort());
  programs.add(server);
  await ready;
  return {
    url,
    async close() {
      const exit = once(server, 'exit');
      server.kill();
      await exit;
    },
  };
}
