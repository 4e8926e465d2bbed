// A Redis on loopback that keeps nothing, in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { programs } from './programs.mjs';

/** Debian's `redis-server`. Its URL, and how it is ended. */
export async function startRedis() {
  const port = await freePort();
  const options = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = programs.add(
    spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  await once(server, 'spawn');
  for await (const line of createInterface(server.stdout)) {
    if (line.includes('Ready to accept connections')) break;
  }
  server.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    async close() {
      const exit = once(server, 'exit');
      server.kill();
      await exit;
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
