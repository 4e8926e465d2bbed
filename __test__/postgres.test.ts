import { getLakebasePostgresToken, invalidateLakebasePostgresToken } from 'lakebase-token';
import { startWorkspaceEmulator } from 'lakebase-token/testing';
import { Client, Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loginGate } from '../support/postgres/login_gate.js';
import { startPostgres } from '../support/postgres/postgres.js';
import { hasPostgres } from './support/platform';

type Postgres = Awaited<ReturnType<typeof startPostgres>>;
type EmulatorOptions = NonNullable<Parameters<typeof startWorkspaceEmulator>[0]>;

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const INVALID_PASSWORD = '28P01';
const INVALID_AUTHORIZATION = '28000';

/** For machines that are busy with something else. */
const PATIENCE_MS = 120_000;

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
}, PATIENCE_MS);

afterAll(() => postgres?.stop(), PATIENCE_MS);

describe.runIf(hasPostgres)('the Postgres of these tests', { timeout: PATIENCE_MS }, () => {
  test('admits the accepted token over TLS', async () => {
    const token = `token-1 '"\\ ${'long '.repeat(300)}`;
    await postgres.acceptToken({ token, expiresAt: inAnHour() });
    await using client = await login(token);
    expect(await currentUser(client)).toBe('app');
  });

  test('refuses any other token', async () => {
    await postgres.acceptToken({ token: 'token-1', expiresAt: inAnHour() });
    await expect(login('token-2')).rejects.toMatchObject({ code: INVALID_PASSWORD });
  });

  test('refuses the token before the last', async () => {
    await postgres.acceptToken({ token: 'token-1', expiresAt: inAnHour() });
    await postgres.acceptToken({ token: 'token-2', expiresAt: inAnHour() });
    await expect(login('token-1')).rejects.toMatchObject({ code: INVALID_PASSWORD });
    await using client = await login('token-2');
    expect(await currentUser(client)).toBe('app');
  });

  test('refuses an expired token, to the millisecond', async () => {
    const expiresAt = new Date('2100-01-02T03:04:05.678Z');
    await postgres.acceptToken({ token: 'token-2', expiresAt });
    const [role] = await postgres.query(
      "SELECT extract(epoch FROM rolvaliduntil) * 1000 AS expiry FROM pg_roles WHERE rolname = 'app'",
    );
    expect(Number(role?.expiry)).toBe(expiresAt.getTime());

    await postgres.acceptToken({ token: 'token-3', expiresAt: new Date(Date.now() - 1) });
    await expect(login('token-3')).rejects.toMatchObject({ code: INVALID_PASSWORD });
  });

  test('refuses whoever comes without TLS, even with the right token', async () => {
    await postgres.acceptToken({ token: 'token-1', expiresAt: inAnHour() });
    await expect(login('token-1', false)).rejects.toMatchObject({ code: INVALID_AUTHORIZATION });
  });

  test('shows a certificate that nobody trusts by default', async () => {
    await expect(login('token-1', true)).rejects.toThrow('unable to verify');
  });

  test('keeps an open connection after its token has expired', async () => {
    await postgres.acceptToken({ token: 'token-1', expiresAt: inAnHour() });
    await using client = await login('token-1');
    const expiresAt = new Date(Date.now() + 200);
    await postgres.acceptToken({ token: 'token-1', expiresAt });
    await passed(expiresAt);
    await expect(login('token-1')).rejects.toMatchObject({ code: INVALID_PASSWORD });
    expect(await currentUser(client)).toBe('app');
  });
});

describe.runIf(hasPostgres)(
  'pg with password: getLakebasePostgresToken',
  { timeout: PATIENCE_MS },
  () => {
    test('logs in and queries', async () => {
      await using workspace = await startWorkspace();
      await using pool = newPool();
      await using client = await connection(pool);
      expect(await currentUser(client)).toBe('app');
      expect(passwordOf(client)).toBe(workspace.issuedTokens[0]?.token);
    });

    test('fills a cold pool with one request', async () => {
      await using workspace = await startWorkspace();
      await using pool = newPool({ max: 20 });
      const clients = await Promise.all(Array.from({ length: 20 }, () => connection(pool)));
      for (const client of clients) client.release();
      expect(workspace.requests.map(({ step }) => step)).toEqual(['accessToken', 'postgresToken']);
    });

    test('opens connections without a failure while tokens come and go', async () => {
      await using workspace = await startWorkspace({
        lifetimeMs: { postgresToken: 4_000 },
        latencyMs: 200,
      });
      await using pool = newPool({ maxUses: 1 });
      const used = new Set<string>();
      const failures: unknown[] = [];
      const openConnections = async () => {
        while (used.size < 4 && failures.length === 0) {
          try {
            await using client = await connection(pool);
            used.add(passwordOf(client));
          } catch (error) {
            failures.push(error);
          }
        }
      };

      // Open all the time, which is longer than its token lives.
      await using first = await connection(pool);
      await Promise.all([openConnections(), openConnections(), openConnections()]);

      expect(failures).toEqual([]);
      const issued = workspace.issuedTokens.map(({ token }) => token);
      expect([...used]).toEqual(issued.slice(0, 4));
      const accessTokens = workspace.requests.filter(({ step }) => step === 'accessToken');
      expect(accessTokens).toHaveLength(1);
      expect(await currentUser(first)).toBe('app');
    });

    test('logs in with a new token after the last one expired while nobody asked', async () => {
      await using workspace = await startWorkspace({ lifetimeMs: { postgresToken: 3_000 } });
      await using pool = newPool();
      await using before = await connection(pool);
      await passed(workspace.issuedTokens[0]?.expiresAt);
      await using after = await connection(pool);
      expect(passwordOf(after)).not.toBe(passwordOf(before));
      expect(workspace.issuedTokens).toHaveLength(2);
    });

    test('logs in again once a token that Postgres refused has been invalidated', async () => {
      await using workspace = await startWorkspace();
      await using pool = newPool();
      const rejected = await getLakebasePostgresToken();
      await postgres.acceptToken({ token: 'token-2', expiresAt: inAnHour() });
      await expect(connection(pool)).rejects.toMatchObject({ code: INVALID_PASSWORD });

      expect(invalidateLakebasePostgresToken(rejected)).toBe(true);
      await using client = await connection(pool);
      expect(await currentUser(client)).toBe('app');
      expect(workspace.issuedTokens).toHaveLength(2);
    });
  },
);

const gate = loginGate(getLakebasePostgresToken);

async function startWorkspace(options: EmulatorOptions = {}) {
  const workspace = await startWorkspaceEmulator({
    onPostgresToken: (issued) => gate.change(issued, () => postgres.acceptToken(issued)),
    ...options,
  });
  Object.assign(process.env, workspace.env);
  return workspace;
}

/** A connection of the pool, given back at the end of its scope. */
async function connection(pool: Pool) {
  const client = await gate.login(() => pool.connect());
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client.release() });
}

function address() {
  const { host, port, user, database, ca } = postgres;
  return { host, port, user, database, ssl: { ca } };
}

function newPool(options: ConstructorParameters<typeof Pool>[0] = {}) {
  const pool = new Pool({ ...address(), password: getLakebasePostgresToken, ...options });
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() });
}

async function login(token: string, ssl: boolean | { ca: string } = address().ssl) {
  const client = new Client({ ...address(), ssl, password: token });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

async function currentUser(client: Client | PoolClient) {
  const { rows } = await client.query('SELECT current_user');
  return rows[0].current_user;
}

/** What a connection logged in with; pg keeps it, its types do not say so. */
function passwordOf(client: PoolClient) {
  return (client as PoolClient & { password: string }).password;
}

async function passed(moment: Date | undefined) {
  expect(moment).toBeInstanceOf(Date);
  await vi.waitUntil(() => Date.now() > Number(moment), { timeout: PATIENCE_MS });
}

function inAnHour() {
  return new Date(Date.now() + 60 * 60 * 1000);
}
