// Debian's `redis-server` on loopback, which keeps nothing. Whoever starts it ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * `ready` resolves when it takes connections.
 * @param {number} port
 * @param {{ options?: string[], cwd?: string }} [how] `options` are those of its command line
 */
export function redisServer(port, { options = [], cwd } = {}) {
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', [...own, ...options], {
    ...(cwd && { cwd }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { server, ready: isReady(server), url: `redis://127.0.0.1:${port}` };
}

/** @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, null>} server */
async function isReady(server) {
  await once(server, 'spawn');
  let said = '';
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (said.includes('Ready to accept connections')) {
      server.stdout.resume();
      return;
    }
  }
  throw new Error(`redis-server does not start: ${said}`);
}
