import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { freePort } from '../../support/free_port.js';
import { redisServer } from '../../support/redis.mjs';
import { newFolder } from './command_line';
import { isWindows } from './platform';

/** On a machine of one's own it may be missing; where changes are judged it must not be. */
export const hasRedis =
  !isWindows && (spawnSync('redis-server', ['--version']).status === 0 || Boolean(process.env.CI));

const TLS = path.join(process.cwd(), 'support', 'tls');

export interface Redis {
  readonly port: number;
  /** Without TLS. */
  readonly url: string;
  /** One command of redis-cli: what it prints. */
  cli(...words: string[]): Promise<string>;
  /** The name of the only entry. */
  entry(): Promise<string>;
  /** What clients have said from now on. */
  monitor(): Promise<() => string>;
  signal(name: NodeJS.Signals): void;
}

/** A Redis of Debian's, on loopback, until the test ends. `options` are those of its command line. */
export async function startRedis(options: string[] = []): Promise<Redis> {
  const port = await freePort();
  const { server, ready, url } = redisServer(port, { options, cwd: newFolder() });
  endWithTest(server);
  await ready;
  const cli = async (...words: string[]) => {
    const { stdout } = await promisify(execFile)('redis-cli', ['-p', String(port), ...words]);
    return stdout.trim();
  };
  return {
    port,
    url,
    cli,
    async entry() {
      const names = (await cli('KEYS', '*')).split('\n').filter((name) => !/:claim$/.test(name));
      if (names.length !== 1) throw new Error(`The entries are ${names.join(', ')}.`);
      return String(names[0]);
    },
    async monitor() {
      const monitor = spawn('redis-cli', ['-p', String(port), 'MONITOR'], { stdio: 'pipe' });
      endWithTest(monitor);
      let said = '';
      monitor.stdout?.setEncoding('latin1').on('data', (text) => {
        said += text;
      });
      await once(monitor.stdout as NodeJS.ReadableStream, 'data');
      return () => said;
    },
    signal: (name) => void server.kill(name),
  };
}

/** The same behind TLS alone: its URL, for clients that trust the test's authority. */
export async function startEncryptedRedis(name = 'server'): Promise<Redis & { tlsUrl: string }> {
  const tlsPort = await freePort();
  const redis = await startRedis([
    ...['--tls-port', String(tlsPort), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', path.join(TLS, `test-only-${name}.pem`)],
    ...['--tls-key-file', path.join(TLS, 'test-only-server.key')],
    ...['--tls-ca-cert-file', path.join(TLS, 'test-only-ca.pem')],
  ]);
  return { ...redis, tlsUrl: `rediss://127.0.0.1:${tlsPort}` };
}

function endWithTest(child: ChildProcess) {
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    // One that was stopped hears nothing else.
    child.kill('SIGKILL');
    await once(child, 'close');
  });
}
