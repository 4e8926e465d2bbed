import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  createLakebaseTokens,
  getLakebasePostgresToken,
  getLakebaseTokenStatus,
  invalidateLakebasePostgresToken,
} from 'lakebase-token';
import type { EmulatorOptions } from 'lakebase-token/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CA_FILE } from '../support/tls/keys.js';
import { type Program, runProgram, startProgram } from './support/programs';
import { hasRedis, startEncryptedRedis, startRedis } from './support/redis';
import { requestsOf, startWorkspace } from './support/workspace';

/** For machines that are busy with something else. */
const PATIENCE_MS = 120_000;

/** A workspace and a store for this process and those that it starts. */
async function start(store: string, options: EmulatorOptions = {}) {
  const workspace = await startWorkspace(options);
  vi.stubEnv('LAKEBASE_TOKEN_STORE', store);
  return workspace;
}

/** Another process of the fleet: its first token, and how it is doing then. */
async function another(env: Record<string, string> = {}) {
  const { stdout, stderr } = await runProgram(
    `
    import { getLakebasePostgresToken, getLakebaseTokenStatus } from 'lakebase-token';
    const [token, error] = await getLakebasePostgresToken().then((token) => [token], ({ code }) => [, code]);
    console.log(JSON.stringify({ token, error, status: getLakebaseTokenStatus() }));
    `,
    env,
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as {
    token?: string;
    error?: string;
    status: ReturnType<typeof getLakebaseTokenStatus>;
  };
}

function end({ signal, ended }: Program) {
  signal('SIGKILL');
  return ended;
}

/** Resolves once the store has the token that was minted: nobody waits for that. */
async function isThere(redis: { cli(...words: string[]): Promise<string> }) {
  await vi.waitFor(async () => {
    const names = (await redis.cli('KEYS', '*')).split('\n');
    expect(names.filter((name) => name !== '' && !name.endsWith(':claim'))).toHaveLength(1);
  }, 20_000);
}

const MINTED = { accessToken: 1, postgresToken: 1 };

describe.runIf(hasRedis)('a fleet', { timeout: PATIENCE_MS }, () => {
  test('of fifty that start at once makes two requests', async () => {
    const redis = await startRedis();
    const workspace = await start(redis.url, { latencyMs: 100 });
    // Only once all of them are there: starting them can take longer than a claim lives.
    const program = `
      import { getLakebasePostgresToken, getLakebaseTokenStatus } from 'lakebase-token';
      getLakebaseTokenStatus();
      process.once('SIGUSR2', async () => {
        const token = await getLakebasePostgresToken();
        console.log(JSON.stringify({ token, status: getLakebaseTokenStatus() }));
      });
      setInterval(() => {}, 1_000);
      console.log('ready');
    `;
    const programs = Array.from({ length: 50 }, () => startProgram(program));
    await Promise.all(programs.map(({ line }) => line((text) => text === 'ready')));
    for (const { signal } of programs) signal('SIGUSR2');
    const lines = programs.map(({ line }) => line((text) => text.startsWith('{')));
    const all: Awaited<ReturnType<typeof another>>[] = (await Promise.all(lines)).map((text) =>
      JSON.parse(text),
    );
    await Promise.all(programs.map(end));
    expect(new Set(all.map(({ token }) => token)).size).toBe(1);
    expect(requestsOf(workspace)).toEqual(MINTED);
    expect(all.filter(({ status }) => status.token?.from === 'workspace')).toHaveLength(1);
    expect(all.map(({ status }) => status.store?.failures)).toEqual(all.map(() => 0));
  });

  test('shares what is there, and says so', async () => {
    const redis = await startRedis();
    const workspace = await start(redis.url);
    const token = await getLakebasePostgresToken();
    expect(getLakebaseTokenStatus()).toMatchObject({
      token: { from: 'workspace' },
      store: { found: 0, notFound: 1, failures: 0 },
    });
    await isThere(redis);
    const { token: other, status } = await another();
    expect(other).toBe(token);
    expect(status).toMatchObject({
      token: { from: 'store' },
      store: { found: 1, notFound: 0, failures: 0 },
    });
    expect(requestsOf(workspace)).toEqual(MINTED);
    // One life, whoever tells of it.
    const own = getLakebaseTokenStatus().token?.expiresAt.getTime() ?? 0;
    const theirs = new Date(status.token?.expiresAt ?? 0).getTime();
    expect(Math.abs(own - theirs)).toBeLessThan(2_000);
  });

  test('with the workspace down serves a cold start', async () => {
    const redis = await startRedis();
    const workspace = await start(redis.url);
    const token = await getLakebasePostgresToken();
    await isThere(redis);
    workspace.answer('accessToken', 'unavailable');
    workspace.answer('postgresToken', 'unavailable');
    expect((await another()).token).toBe(token);
    expect(requestsOf(workspace)).toEqual(MINTED);
  });

  test('replaces a refused token once', async () => {
    const redis = await startRedis();
    const workspace = await start(redis.url);
    const refused = await getLakebasePostgresToken();
    await isThere(redis);
    const name = await redis.entry();
    const held = await redis.cli('GET', name);
    // Otherwise they wait until that of the first token has expired.
    await redis.cli('DEL', `${name}:claim`);
    const program = startProgram(`
      import { getLakebasePostgresToken as ask, invalidateLakebasePostgresToken as reject } from 'lakebase-token';
      const first = await ask();
      reject(first);
      console.log(JSON.stringify([first, await ask()]));
      setInterval(() => {}, 1_000);
    `);
    const [first, second] = JSON.parse(await program.line(() => true));
    await vi.waitFor(async () => expect(await redis.cli('GET', name)).not.toBe(held), 20_000);
    await end(program);
    expect(first).toBe(refused);
    expect(second).not.toBe(refused);
    const before = requestsOf(workspace);
    invalidateLakebasePostgresToken(refused);
    expect(await getLakebasePostgresToken()).toBe(second);
    expect(requestsOf(workspace)).toEqual(before);
    expect(before.postgresToken).toBe(2);
  });

  test('renews by one process, whoever it is', async () => {
    const redis = await startRedis();
    const workspace = await start(redis.url, { lifetimeMs: { postgresToken: 6_000 } });
    const program = `
      import { getLakebasePostgresToken } from 'lakebase-token';
      const tokens = new Set();
      while (tokens.size < 2) {
        tokens.add(await getLakebasePostgresToken());
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      console.log('renewed');
      setInterval(() => {}, 1_000);
    `;
    const all = Array.from({ length: 6 }, () => startProgram(program));
    await Promise.all(all.map(({ line }) => line(() => true)));
    await Promise.all(all.map(end));
    // Alone, six processes mint twelve.
    expect(requestsOf(workspace).postgresToken).toBeLessThanOrEqual(6);
  });

  test('takes over from a process that is gone with its claim', async () => {
    const redis = await startRedis();
    const workspace = await start(redis.url);
    await getLakebasePostgresToken();
    await isThere(redis);
    const entry = await redis.entry();
    await redis.cli('DEL', entry);
    await redis.cli('SET', `${entry}:claim`, 'x', 'PX', '1500');
    const all = await Promise.all(Array.from({ length: 8 }, () => another()));
    expect(new Set(all.map(({ token }) => token)).size).toBe(1);
    expect(requestsOf(workspace)).toEqual({ accessToken: 2, postgresToken: 2 });
  });

  test('renews in the place of one that is gone before its token has died', async () => {
    const redis = await startRedis();
    await start(redis.url, { lifetimeMs: { postgresToken: 4_000 } });
    const token = await getLakebasePostgresToken();
    await isThere(redis);
    // For longer than it takes until the renewal.
    await redis.cli('SET', `${await redis.entry()}:claim`, 'x', 'PX', '3000');
    await vi.waitUntil(async () => (await getLakebasePostgresToken()) !== token, 30_000);
  });
});

describe.runIf(hasRedis)('who shares', { timeout: PATIENCE_MS }, () => {
  const key = Buffer.alloc(32, 7).toString('base64');

  test.each([
    ['a given token', 'personal-token'],
    ['an identity of ID tokens without a key', 'federation'],
  ] as const)('%s asks no store', async (_, auth) => {
    const redis = await startRedis();
    const workspace = await start(redis.url, { auth });
    const said = await redis.monitor();
    await getLakebasePostgresToken();
    expect(getLakebaseTokenStatus().store).toBeUndefined();
    expect(said()).not.toContain('GETRANGE');
    expect(requestsOf(workspace).postgresToken).toBe(1);
  });

  test('functions without a client id ask none, with a key and all', async () => {
    const redis = await startRedis();
    const workspace = await start(redis.url, { auth: 'personal-token' });
    vi.stubEnv('LAKEBASE_TOKEN_STORE_KEY', key);
    const said = await redis.monitor();
    const accessToken = () => workspace.env.DATABRICKS_TOKEN ?? '';
    const tokens = createLakebaseTokens({ identity: { accessToken, name: 'one' } });
    await tokens.getToken();
    expect(tokens.getStatus().store).toBeUndefined();
    expect(said()).not.toContain('GETRANGE');
  });

  test('an identity of ID tokens shares by a key', async () => {
    const redis = await startRedis();
    const workspace = await start(redis.url, { auth: 'federation' });
    vi.stubEnv('LAKEBASE_TOKEN_STORE_KEY', key);
    const token = await getLakebasePostgresToken();
    await isThere(redis);
    expect((await another()).token).toBe(token);
    const other = Buffer.alloc(32, 8).toString('base64');
    expect((await another({ LAKEBASE_TOKEN_STORE_KEY: other })).token).not.toBe(token);
    expect(requestsOf(workspace).postgresToken).toBe(2);
  });

  test('all that decides a token makes another entry', async () => {
    const redis = await startRedis();
    const endpoints = ['one', 'two'].map((name) => `projects/p/branches/b/endpoints/${name}`);
    const workspace = await start(redis.url, { endpoint: endpoints });
    const claims = [{ permission_set: 'READ_ONLY', resources: [{ table_name: 't' }] }];
    const options = [{}, { endpoint: String(endpoints[1]) }, { ttlMs: 900_000 }, { claims }];
    for (const each of options) await createLakebaseTokens(each).getToken();
    await vi.waitFor(async () => {
      const names = (await redis.cli('KEYS', '*')).split('\n');
      expect(names.filter((name) => !name.endsWith(':claim'))).toHaveLength(4);
    }, 20_000);
    expect(requestsOf(workspace).postgresToken).toBe(4);
  });

  test('nobody does because some variable has a URL', async () => {
    const redis = await startRedis();
    await startWorkspace();
    vi.stubEnv('REDIS_URL', redis.url);
    vi.stubEnv('KV_URL', redis.url);
    const said = await redis.monitor();
    await getLakebasePostgresToken();
    expect(getLakebaseTokenStatus().store).toBeUndefined();
    expect(said()).not.toContain('GETRANGE');
  });

  test('whoever names the variable does', async () => {
    const redis = await startRedis(['--requirepass', 'canary-1']);
    const workspace = await start('KV_URL');
    vi.stubEnv('KV_URL', `redis://:canary-1@127.0.0.1:${redis.port}/2`);
    const token = await getLakebasePostgresToken();
    await vi.waitFor(async () => expect((await another()).token).toBe(token), 20_000);
    expect(requestsOf(workspace)).toEqual(MINTED);
    const database = await redis.cli('-a', 'canary-1', '--no-auth-warning', '-n', '2', 'KEYS', '*');
    expect(database).toContain('lakebase-token:1:');
  });
});

describe.runIf(hasRedis)('a store that fails', { timeout: PATIENCE_MS }, () => {
  /** A token comes from the workspace all the same; what is said of the store. */
  async function failure(store: string) {
    const workspace = await start(store);
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
    expect(requestsOf(workspace)).toEqual(MINTED);
    const { store: told } = getLakebaseTokenStatus();
    expect(told?.failures).toBe(1);
    const message = String(told?.lastFailure?.message);
    expect(message).toMatch(/^127\.0\.0\.1:\d+ /);
    expect(message).not.toContain('canary');
    return message.replace(/^\S+ /, '');
  }

  /** A server that answers each piece of a request like that. */
  async function server(answer: (socket: Socket) => void) {
    const server = createServer((socket) => {
      socket.on('error', () => {}).on('data', () => answer(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each<[string, (socket: Socket) => void, string]>([
    ['is silent', () => {}, 'did not answer within 1 s'],
    ['hangs up', (socket) => socket.end(), 'broke off its answer'],
    ['resets', (socket) => socket.resetAndDestroy(), 'broke off: connection reset'],
    [
      'is none',
      (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      'answered as no Redis',
    ],
    [
      'has no end',
      (socket) => socket.write(`+${'x'.repeat(100_000)}`),
      'answered as no Redis does',
    ],
    [
      'promises much',
      (socket) => socket.write(':1\r\n$2147483647\r\n'),
      'answered as no Redis does',
    ],
    ['is loading', (socket) => socket.write('-LOADING canary\r\n'.repeat(2)), 'answered LOADING'],
    ['drips', (socket) => void setInterval(() => socket.write('+'), 200).unref(), 'did not answer'],
    [
      'leads in a circle',
      (socket) => {
        const place = `127.0.0.1:${socket.localPort}`;
        socket.write(`:-2\r\n-MOVED 1 ${place}\r\n`);
      },
      'answered MOVED twice',
    ],
    [
      'leads nowhere',
      (socket) => socket.write(':-2\r\n-MOVED 1 x\r\n'),
      'answered MOVED to nowhere',
    ],
  ])('because it %s costs no token', async (_, answer, message) => {
    expect(await failure(await server(answer))).toContain(message);
  });

  test('because nobody listens costs no token', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    expect(await failure(`redis://127.0.0.1:${port}`)).toBe(
      'cannot be reached: connection refused',
    );
  });

  test.each<[string, string[], string, string]>([
    ['wants a password', ['--requirepass', 'canary-1'], '', 'answered NOAUTH'],
    ['wants another password', ['--requirepass', 'canary-1'], ':canary-2@', 'answered WRONGPASS'],
    ['is full', ['--maxmemory', '1kb', '--maxmemory-policy', 'noeviction'], '', 'answered OOM'],
    ['only reads', ['--replicaof', '127.0.0.1', '1'], '', 'answered READONLY'],
    ['is stopped', [], '', 'did not answer within 1 s'],
  ])('because it %s costs no token', async (what, options, login, message) => {
    const redis = await startRedis(options);
    if (what === 'is stopped') redis.signal('SIGSTOP');
    expect(await failure(redis.url.replace('//', `//${login}`))).toContain(message);
  });

  test('is left alone for a while', async () => {
    let connections = 0;
    const store = await server((socket) => {
      connections += 1;
      socket.end();
    });
    const workspace = await start(store);
    invalidateLakebasePostgresToken(await getLakebasePostgresToken());
    await getLakebasePostgresToken();
    expect(connections).toBe(1);
    expect(requestsOf(workspace).postgresToken).toBe(2);
  });

  test('is told and no secret with it', async () => {
    const store = await server((socket) => socket.write('-ERR canary-3\r\n'.repeat(3)));
    const url = store.replace('//', '//user:canary-1@');
    await start(url);
    const token = await getLakebasePostgresToken();
    const told = JSON.stringify(getLakebaseTokenStatus());
    expect(told).not.toContain('canary');
    expect(told).not.toContain(token);
  });
});

describe.runIf(hasRedis)('an entry', { timeout: PATIENCE_MS }, () => {
  /** Once a token is there: what another process gets when the entry was changed like that. */
  async function changed(
    change: (redis: Awaited<ReturnType<typeof startRedis>>) => Promise<unknown>,
  ) {
    const redis = await startRedis();
    const workspace = await start(redis.url);
    const token = await getLakebasePostgresToken();
    await isThere(redis);
    await change(redis);
    const other = await another();
    return { redis, workspace, token, other };
  }

  test.each<
    [string, (redis: Awaited<ReturnType<typeof startRedis>>, name: string) => Promise<unknown>]
  >([
    ['is of nobody', (redis, name) => redis.cli('SET', name, 'garbage', 'PX', '3000000')],
    ['was changed', (redis, name) => redis.cli('SETRANGE', name, '100', 'x'.repeat(8))],
    [
      'is cut',
      async (redis, name) =>
        redis.cli(
          'EVAL',
          'redis.call("SET", KEYS[1], redis.call("GETRANGE", KEYS[1], 0, 40), "KEEPTTL")',
          '1',
          name,
        ),
    ],
    ['never expires', (redis, name) => redis.cli('PERSIST', name)],
    ['is about to expire', (redis, name) => redis.cli('PEXPIRE', name, '90000')],
    ['is a megabyte', (redis, name) => redis.cli('SETRANGE', name, '1000000', 'x')],
  ])('that %s is as none, and replaced', async (_, change) => {
    const { redis, workspace, token, other } = await changed(async (redis) => {
      const name = await redis.entry();
      await change(redis, name);
      await redis.cli('DEL', `${name}:claim`);
    });
    expect(other.token).not.toBe(token);
    expect(other.status.store).toMatchObject({ found: 0, failures: 0 });
    expect(requestsOf(workspace).postgresToken).toBe(2);
    await vi.waitFor(async () => {
      expect((await another()).token).toBe(other.token);
    }, 20_000);
    expect(Number(await redis.cli('PTTL', await redis.entry()))).toBeGreaterThan(3_000_000);
  });

  test.each([
    ['full', ['CONFIG', 'SET', 'maxmemory', '1']],
    ['a replica that only reads', ['REPLICAOF', '127.0.0.1', '1']],
  ])('is found in a store that is %s', async (_, command) => {
    const { workspace, token, other } = await changed((redis) => redis.cli(...command));
    expect(other.token).toBe(token);
    expect(requestsOf(workspace)).toEqual(MINTED);
  });

  test('that somebody has claimed for ever costs three seconds', async () => {
    const { token, other } = await changed(async (redis) => {
      const name = await redis.entry();
      await redis.cli('DEL', name);
      await redis.cli('SET', `${name}:claim`, 'x');
    });
    expect(other.token).not.toBe(token);
    expect(other.status).toMatchObject({
      token: { from: 'workspace' },
      store: { found: 0, notFound: 1, failures: 0 },
    });
  });

  test('of another type costs no token', async () => {
    const { token, other } = await changed(async (redis) => {
      const name = await redis.entry();
      await redis.cli('DEL', name, `${name}:claim`);
      await redis.cli('LPUSH', name, 'x');
    });
    expect(other.token).not.toBe(token);
    expect(other.status.store?.lastFailure?.message).toContain('answered WRONGTYPE');
  });

  test('of a longer life than the token has is not believed', async () => {
    const { token, other } = await changed(async (redis) =>
      redis.cli('PEXPIRE', await redis.entry(), String(365 * 24 * 3_600_000)),
    );
    expect(other.token).toBe(token);
    const expiry = new Date(other.status.token?.expiresAt ?? 0).getTime();
    expect(expiry).toBeLessThan(Date.now() + 3_601_000);
  });

  test('tells nothing of what it holds, nor does whoever asks', async () => {
    const redis = await startRedis();
    const workspace = await start(redis.url);
    const said = await redis.monitor();
    const token = await getLakebasePostgresToken();
    await isThere(redis);
    await another();
    const name = await redis.entry();
    const held = await redis.cli('--raw', 'GET', name);
    const { DATABRICKS_HOST, DATABRICKS_CLIENT_ID, DATABRICKS_CLIENT_SECRET, LAKEBASE_ENDPOINT } =
      workspace.env;
    for (const secret of [
      token,
      token.slice(20, 60),
      DATABRICKS_CLIENT_ID,
      DATABRICKS_CLIENT_SECRET,
      LAKEBASE_ENDPOINT,
      new URL(String(DATABRICKS_HOST)).host,
    ]) {
      expect(`${said()}${held}${name}`).not.toContain(secret);
    }
    const left = Number(await redis.cli('PTTL', name));
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
    // Connect, ask, leave.
    await vi.waitFor(async () => {
      const clients = (await redis.cli('CLIENT', 'LIST')).split('\n');
      expect(clients.filter((client) => !/cmd=(monitor|client)/.test(client))).toEqual([]);
    }, 20_000);
  });
});

describe.runIf(hasRedis)('by TLS', { timeout: PATIENCE_MS }, () => {
  test('it trusts whom Node trusts', async () => {
    const redis = await startEncryptedRedis();
    vi.stubEnv('NODE_EXTRA_CA_CERTS', CA_FILE);
    const workspace = await start(redis.tlsUrl);
    const token = await getLakebasePostgresToken();
    await isThere(redis);
    expect((await another()).token).toBe(token);
    expect(requestsOf(workspace)).toEqual(MINTED);
    expect(getLakebaseTokenStatus().store?.failures).toBe(0);
  });

  test.each([
    ['whose authority is unknown', 'server', '', 'UnknownIssuer'],
    ['that has expired', 'expired', CA_FILE, 'certificate expired'],
    ['of another host', 'other-host', CA_FILE, 'certificate not valid for name'],
  ])('it says nothing to a server with a certificate %s', async (_, name, authority, why) => {
    const redis = await startEncryptedRedis(name);
    vi.stubEnv('NODE_EXTRA_CA_CERTS', authority);
    const said = await redis.monitor();
    const workspace = await start(redis.tlsUrl);
    await getLakebasePostgresToken();
    expect(requestsOf(workspace)).toEqual(MINTED);
    expect(getLakebaseTokenStatus().store?.lastFailure?.message).toContain(
      `cannot be reached by TLS: invalid peer certificate: ${why}`,
    );
    expect(said()).not.toContain('GETRANGE');
  });
});
