import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { startWorkspaceEmulator } from 'lakebase-token/testing';
import { expect, onTestFinished, test } from 'vitest';
import { findDriver } from '../js/cli/verify/drivers.js';
import { newFolder, run } from './support/command_line';
import { installed } from './support/installed';

/** For machines that are busy with something else. */
const PATIENCE_MS = 120_000;

const LOGIN = { user: 'me', database: 'd', password: 'token-1', ssl: { ca: [] } };

/** A project that has one of the drivers installed. */
function projectWith(driver: 'pg' | 'postgres') {
  const cwd = newFolder();
  installed(cwd, driver);
  return cwd;
}

/** A project whose driver, called pg, is this source of `Client`'s methods. */
function projectWithOwn(methods: string) {
  const cwd = newFolder();
  const folder = path.join(cwd, 'node_modules', 'pg');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'index.js'), `exports.Client = class { on() {} ${methods} };`);
  return cwd;
}

/** Closes each connection in good order as soon as it is asked for TLS, and counts them. */
async function startClosingServer() {
  const seen = { connections: 0, port: 0 };
  const server = createServer((socket) => {
    seen.connections += 1;
    socket.on('error', () => {});
    socket.once('data', () => socket.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  seen.port = (server.address() as AddressInfo).port;
  return seen;
}

test.each([
  ['pg', 'ECONNRESET'],
  ['postgres', 'CONNECTION_CLOSED'],
] as const)('%s connects once to a server that closes connections', async (name, code) => {
  const server = await startClosingServer();
  const driver = findDriver(projectWith(name));
  const login = { ...LOGIN, host: '127.0.0.1', port: server.port };
  await expect(driver?.logIn(login)).rejects.toMatchObject({ code });
  expect(server.connections).toBe(1);
});

test.each([
  ['connect', 'connect() { return new Promise(() => {}); } end() {}'],
  [
    'answer',
    'async connect() {} query() { return new Promise(() => {}); } end() { return new Promise(() => {}); }',
  ],
])('a driver that does not %s is given up', async (_what, methods) => {
  const driver = findDriver(projectWithOwn(methods), 20);
  const login = { ...LOGIN, host: 'db.test', port: 1 };
  await expect(driver?.logIn(login)).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
});

test('a driver that does not close is left', { timeout: PATIENCE_MS }, async () => {
  const driver = findDriver(
    projectWithOwn(`
      connection = { stream: { destroy: () => { exports.isDestroyed = true; } } };
      async connect() {}
      async query() { return { rows: [{ role: 'me' }] }; }
      end() { return new Promise(() => {}); }
    `),
  );
  const login = { ...LOGIN, host: 'db.test', port: 1 };
  await expect(driver?.logIn(login)).resolves.toEqual({ role: 'me' });
});

test.each<[string, () => string, Record<string, string>, string]>([
  [
    'several hosts, of which none exists',
    () => projectWith('postgres'),
    { PGHOST: 'a.invalid,b.invalid' },
    'there is no host a.invalid,b.invalid',
  ],
  [
    'a driver that leaves something running',
    () =>
      projectWithOwn(
        "connect() { setInterval(() => {}, 1000); return Promise.reject(new Error('odd')); } end() {}",
      ),
    {},
    'odd',
  ],
])('verify ends with %s', { timeout: PATIENCE_MS }, async (_what, project, changes, detail) => {
  const workspace = await startWorkspaceEmulator();
  onTestFinished(() => workspace.close());
  const env = { ...workspace.env, PGHOST: 'x.invalid', PGUSER: 'me', PGDATABASE: 'd', ...changes };
  const { code, stdout } = await run(['verify', '--json'], { cwd: project(), env });
  expect(code).toBe(1);
  const last = JSON.parse(stdout).steps.at(-1);
  expect(last).toMatchObject({ name: 'Postgres login', status: 'failed' });
  expect(last.detail).toContain(detail);
});
