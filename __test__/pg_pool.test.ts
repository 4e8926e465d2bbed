import { createLakebaseTokens, getLakebasePostgresToken } from 'lakebase-token';
import { getLakebasePgConfig, getLakebasePool } from 'lakebase-token/pg';
import type { EmulatorOptions } from 'lakebase-token/testing';
import { Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startPostgres } from '../support/postgres/postgres.js';
import { hasPostgres } from './support/platform';
import { startFront } from './support/postgres_front';
import { runProgram } from './support/programs';
import { startScriptedPostgres } from './support/scripted_postgres';
import { requestsOf, startWorkspace } from './support/workspace';

/** For machines that are busy with something else. */
const PATIENCE_MS = 120_000;

const REFUSED = { code: '28P01', message: 'password authentication failed' };

type Postgres = Awaited<ReturnType<typeof startPostgres>>;

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
}, PATIENCE_MS);

afterAll(() => postgres?.stop(), PATIENCE_MS);

/** A workspace whose tokens Postgres takes, and variables that lead to both. */
async function start(options: EmulatorOptions = {}, changes: Record<string, string> = {}) {
  const onPostgresToken = postgres.acceptToken;
  const workspace = await startWorkspace({ onPostgresToken, ...options });
  const { env, verifyFull } = postgres;
  for (const [name, value] of Object.entries({ ...env, ...verifyFull, ...changes })) {
    vi.stubEnv(name, value);
  }
  return workspace;
}

/** The same with the first token, which Postgres has to know before a login begins: see login_gate.js. */
async function startWithToken() {
  const workspace = await start();
  await getLakebasePostgresToken();
  return workspace;
}

/** A Postgres that refuses every login, and their passwords. */
async function startRefusing() {
  const logins: string[] = [];
  const port = await startScriptedPostgres((password) => {
    logins.push(password);
    return REFUSED;
  });
  return { port, logins };
}

type PoolOptions = NonNullable<Parameters<typeof getLakebasePool>[0]>;

/** A pool that no other test has. */
function newPool(options: PoolOptions = {}) {
  const pool = getLakebasePool({ application_name: `pool ${Math.random()}`, ...options });
  onTestFinished(() => pool.end());
  return pool;
}

const whoAmI = async (pool: Pool | PoolClient) =>
  (await pool.query('SELECT current_user AS user')).rows[0]?.user;

describe.runIf(hasPostgres)('the pool', { timeout: PATIENCE_MS }, () => {
  test('is one of pg, and logs in by the variables', async () => {
    const workspace = await startWithToken();
    const pool = newPool({ max: 3 });
    expect(pool).toBeInstanceOf(Pool);
    expect(await whoAmI(pool)).toBe('app');
    const { host, port, user, database, max, connectionTimeoutMillis } = pool.options;
    expect({ host, port, user, database, max, connectionTimeoutMillis }).toEqual({
      ...{ host: '127.0.0.1', port: postgres.port, user: 'app', database: 'postgres' },
      ...{ max: 3, connectionTimeoutMillis: 10_000 },
    });
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
  });

  test('is made without variables, and says of all that is missing at the first connection', async () => {
    for (const name of ['PGHOST', 'PGUSER', 'PGPORT', 'DATABRICKS_CLIENT_ID']) vi.stubEnv(name, '');
    const pool = newPool();
    const error = await pool.query('SELECT 1').catch((error) => error);
    expect(error).toMatchObject({
      name: 'LakebaseTokenError',
      code: 'ERR_LAKEBASE_CONFIG_MISSING',
      message: expect.stringMatching(
        /^PGHOST and PGUSER are not set, .* DATABRICKS_HOST.* LAKEBASE_ENDPOINT/,
      ),
    });
    vi.stubEnv('PGHOST', '127.0.0.1');
    await expect(pool.query('SELECT 1')).rejects.toThrow(/^PGUSER is not set, .* DATABRICKS_HOST/);
    vi.stubEnv('PGPORT', 'x');
    await expect(pool.query('SELECT 1')).rejects.toThrow(/^PGPORT must be a port/);
    vi.stubEnv('PGPORT', '');
    await startWithToken();
    expect(await whoAmI(pool)).toBe('app');
  });

  test('calls back as pg does', async () => {
    await startWithToken();
    const pool = newPool();
    const [error, user] = await new Promise<[Error | undefined, unknown]>((resolve) => {
      pool.connect(async (error, client, release) => {
        const user = client && (await whoAmI(client));
        release();
        resolve([error, user]);
      });
    });
    expect([error, user]).toEqual([undefined, 'app']);
    const rows = new Promise((resolve) => {
      pool.query('SELECT 1 AS one', (_error: Error, result: { rows: unknown[] }) => {
        resolve(result.rows);
      });
    });
    expect(await rows).toEqual([{ one: 1 }]);
    expect(pool).toMatchObject({ totalCount: 1, idleCount: 1, waitingCount: 0 });
  });

  test('is the same one for the same options, and another for others', async () => {
    const application_name = `same ${Math.random()}`;
    const ssl = { rejectUnauthorized: true };
    const all = [
      getLakebasePool({ application_name, ssl }),
      getLakebasePool({ ssl: { ...ssl }, application_name, max: undefined }),
      getLakebasePool({ application_name, ssl, onIdleError: () => {} }),
      getLakebasePool({ application_name, ssl, tokens: createLakebaseTokens() }),
    ];
    expect(new Set(all).size).toBe(1);
    const endpoint = 'projects/p/branches/b/endpoints/other';
    const idToken = () => 'x';
    const own = () => createLakebaseTokens({ identity: { idToken } });
    const others = [
      getLakebasePool({ application_name, ssl, max: 3 }),
      getLakebasePool({ application_name, ssl, tokens: createLakebaseTokens({ endpoint }) }),
      getLakebasePool({ application_name, ssl, tokens: own() }),
      getLakebasePool({ application_name, ssl, tokens: own() }),
    ];
    expect(new Set([...all, ...others]).size).toBe(5);
    const shared = () =>
      createLakebaseTokens({ identity: { name: 'app', accessToken: () => 'x' } });
    const [one, other] = [shared(), shared()].map((tokens) =>
      getLakebasePool({ application_name, tokens }),
    );
    expect(one).toBe(other);
    await Promise.all([...new Set([...all, ...others, one])].map((pool) => pool?.end()));
    const next = getLakebasePool({ application_name, ssl });
    expect(next).not.toBe(all[0]);
    await next.end();
  });

  test('is the same one whatever pg or the caller does with the options', async () => {
    const application_name = `hidden ${Math.random()}`;
    const ssl = (key: string) => ({ ssl: { key, cert: 'x' }, application_name });
    const given = ssl('one');
    const one = getLakebasePool(given);
    expect(getLakebasePool(given)).toBe(one);
    expect(getLakebasePool(ssl('one'))).toBe(one);
    const two = getLakebasePool(ssl('two'));
    expect(two).not.toBe(one);
    given.ssl.key = 'two';
    expect(getLakebasePool(given)).toBe(two);
    await Promise.all([one.end(), two.end()]);
  });

  test('serves who asked before it ends, and nobody after', async () => {
    await startWithToken();
    const pool = getLakebasePool({ application_name: `ends ${Math.random()}` });
    const first = whoAmI(pool);
    const ended = pool.end();
    await expect(pool.query('SELECT 1')).rejects.toThrow('after calling end on the pool');
    expect(await first).toBe('app');
    await ended;
    expect(pool.totalCount).toBe(0);
    await expect(pool.end()).rejects.toThrow('more than once');
  });

  test('is one in every copy of the module', async () => {
    const ended = await runProgram(`
      import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/');
      const pools = [1, 2].map(() => {
        for (const file of Object.keys(require.cache)) delete require.cache[file];
        return require('lakebase-token/pg').getLakebasePool();
      });
      console.log(pools[0] === pools[1]);`);
    expect(ended).toMatchObject({ code: 0, stdout: 'true\n', stderr: '' });
  });

  test.each<[string, string]>([
    ['password', 'createLakebaseTokens'],
    ['connectionString', 'host, port, user and database'],
    ['Client', 'makes its connections itself'],
    ['username', 'Give user'],
    ['endpoint', 'createLakebaseTokens'],
    ['identity', 'createLakebaseTokens'],
    ['workspaceId', 'createLakebaseTokens'],
    ['claims', 'createLakebaseTokens'],
    ['ttlMs', 'createLakebaseTokens'],
    ['workspaceClient', 'createLakebaseTokens({ identity'],
    ['sslMode', 'PGSSLMODE'],
    ['telemetry', 'lakebase-token/otel'],
    ['logger', 'onIdleError'],
  ])('takes no %s, and says what takes its place', (name, instead) => {
    for (const give of [getLakebasePool, getLakebasePgConfig]) {
      const call = () => give({ [name]: 'x' } as never);
      expect(call).toThrow(TypeError);
      expect(call).toThrow(`takes no option ${name}. `);
      expect(call).toThrow(instead);
    }
  });

  test.each<[unknown[], string]>([
    [[{}], 'options alone, no telemetry behind them. Register LakebaseTokenInstrumentation'],
    [[undefined, console], 'options alone, no logger behind them. Give onIdleError'],
    [[undefined, undefined, 1], 'options alone, nothing behind them'],
  ])('takes nothing behind the options: %j', (others, message) => {
    for (const give of [getLakebasePool, getLakebasePgConfig]) {
      const call = () => Reflect.apply(give, undefined, [{}, ...others]);
      expect(call).toThrow(TypeError);
      expect(call).toThrow(message);
    }
  });

  test.each<[unknown, string]>([
    [null, 'must be an object'],
    [[], 'must be an object'],
    [{ tokens: getLakebasePostgresToken }, 'tokens must be what createLakebaseTokens() returns'],
    [{ tokens: { getToken: () => 'x' } }, 'tokens must be what createLakebaseTokens() returns'],
    [{ connectionTimeoutMillis: 'soon' }, 'connectionTimeoutMillis must be a number'],
    [{ onIdleError: 'log' }, 'onIdleError must be a function'],
    [{ ssl: 'require' }, 'ssl must be true, false, or options of TLS'],
  ])('refuses %j', (options, message) => {
    expect(() => getLakebasePool(options as never)).toThrow(TypeError);
    expect(() => getLakebasePool(options as never)).toThrow(message);
  });
});

describe.runIf(hasPostgres)('a login', { timeout: PATIENCE_MS }, () => {
  test('with a token that was refused behind our back costs one more, and one request', async () => {
    const workspace = await start();
    const token = await getLakebasePostgresToken();
    const logins: string[] = [];
    const port = await startScriptedPostgres((password) => {
      logins.push(password);
      return password === token ? REFUSED : { version: 'PostgreSQL 17', role: 'app' };
    });
    const pool = newPool({ port });
    const answers = await Promise.all([pool.query('SELECT'), pool.query('SELECT')]);
    expect(answers.map(({ rows }) => rows[0]?.role)).toEqual(['app', 'app']);
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 2 });
    const [another] = workspace.issuedTokens.slice(-1);
    expect(logins.sort()).toEqual([token, token, another?.token, another?.token].sort());
  });

  test('of a wrong user ends in 28P01 after two', async () => {
    const workspace = await start();
    const { port, logins } = await startRefusing();
    await expect(newPool({ port }).query('SELECT')).rejects.toMatchObject({ code: '28P01' });
    expect(logins).toEqual(workspace.issuedTokens.map(({ token }) => token));
    expect(logins).toHaveLength(2);
  });

  test('with a token that is not replaced at once is not made again with the same', async () => {
    const workspace = await start();
    const { port, logins } = await startRefusing();
    const pool = newPool({ port });
    for (let round = 0; round < 3; round += 1) {
      await expect(pool.query('SELECT')).rejects.toMatchObject({ code: '28P01' });
    }
    // Another token comes after a pause now: index.d.ts, of invalidateLakebasePostgresToken.
    const tokens = workspace.issuedTokens.map(({ token }) => token);
    expect(tokens).toHaveLength(2);
    expect(logins).toEqual([tokens[0], tokens[1], tokens[1], tokens[1]]);
  });

  test('that is made again keeps its place, and has no limit of its own where there is none', async () => {
    await start();
    const token = await getLakebasePostgresToken();
    const port = await startScriptedPostgres((password) =>
      password === token ? REFUSED : { version: 'PostgreSQL 17', role: 'app' },
    );
    const pool = newPool({ port, max: 1, connectionTimeoutMillis: 0 });
    const order: string[] = [];
    const say = (name: string) => () => void order.push(name);
    const all = ['first', 'second', 'third'].map((name) => pool.query('SELECT').then(say(name)));
    await Promise.all(all);
    // The second took the connection while the first had none; the third did not.
    expect(order).toEqual(['second', 'first', 'third']);
  });

  test('is made once more shortly before the deadline', async () => {
    await startWithToken();
    const front = await meets([]);
    front.close();
    const pool = newPool({ port: front.port, connectionTimeoutMillis: 4_000 });
    const pending = whoAmI(pool);
    setTimeout(() => void front.listen(), 2_500);
    expect(await pending).toBe('app');
  });

  test('of an attempt that comes too late leaves its place', async () => {
    await startWithToken();
    const front = await meets(['starting', 'silence']);
    const options = { port: front.port, max: 1, connectionTimeoutMillis: 700 };
    const pool = newPool(options);
    await expect(pool.connect()).rejects.toMatchObject({ code: '57P03' });
    expect(pool.totalCount).toBe(0);
    expect(await whoAmI(pool)).toBe('app');
  });

  test('with a deadline in text is made again', async () => {
    await startWithToken();
    const front = await meets(['starting']);
    const connectionTimeoutMillis = '9000' as unknown as number;
    expect(await whoAmI(newPool({ port: front.port, connectionTimeoutMillis }))).toBe('app');
  });

  test('at a server that is gone, in an environment that has gone bad, fails alone', async () => {
    await startWithToken();
    const front = await meets([]);
    const pool = newPool({ port: front.port, connectionTimeoutMillis: 300 });
    expect(await whoAmI(pool)).toBe('app');
    await postgres.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
    );
    await vi.waitFor(() => expect(pool.totalCount).toBe(0), 20_000);
    front.close();
    vi.stubEnv('PGSSLMODE', 'prefer');
    await expect(pool.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each<[string, Parameters<typeof meets>[0]]>([
    ['starts', ['starting', 'starting', 'starting']],
    ['hangs up at the request for TLS', ['hang-up', 'hang-up']],
  ])('at a server that %s is made again', async (_, first) => {
    await startWithToken();
    const front = await meets(first);
    expect(await whoAmI(newPool({ port: front.port }))).toBe('app');
    expect(front.connections).toBe(first.length + 1);
  });

  test('at a server that is away for two seconds waits for it', async () => {
    await startWithToken();
    const front = await meets([]);
    front.close();
    const pending = whoAmI(newPool({ port: front.port }));
    setTimeout(() => void front.listen(), 2_000);
    expect(await pending).toBe('app');
  });

  test('at a server that never answers ends with its deadline', async () => {
    await startWithToken();
    const front = await meets(['silence', 'starting', 'silence']);
    const pool = newPool({ port: front.port, connectionTimeoutMillis: 700 });
    await expect(pool.connect()).rejects.toThrow('timeout');
    expect(front.connections).toBe(1);
    // After one that starts: why it was tried again.
    await expect(pool.connect()).rejects.toMatchObject({ code: '57P03' });
    expect(front.connections).toBe(3);
    expect(await whoAmI(pool)).toBe('app');
  });

  test('at a server that is nowhere, or under a name that is none, fails soon', async () => {
    await start();
    const pool = newPool({ host: 'nowhere.invalid' });
    await expect(pool.connect()).rejects.toMatchObject({ code: 'ENOTFOUND' });
    const refused = newPool({ port: 1, connectionTimeoutMillis: 300 });
    await expect(refused.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('without a token fails with its reason, and is not repeated', async () => {
    const workspace = await start();
    workspace.answer('postgresToken', { status: 403, body: {}, times: Infinity });
    const front = await meets([]);
    const pool = newPool({ port: front.port });
    await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: 'ERR_LAKEBASE_FORBIDDEN' });
    expect(front.connections).toBe(1);
    expect(pool.totalCount).toBe(0);
  });

  async function meets(what: Awaited<ReturnType<typeof startFront>>['meets']) {
    const front = await startFront(postgres.port);
    front.meets = [...what];
    return front;
  }
});

describe.runIf(hasPostgres)('a statement', { timeout: PATIENCE_MS }, () => {
  test('is never repeated: a connection that is lost beneath it fails it', async () => {
    await startWithToken();
    const pool = newPool();
    await postgres.query('CREATE TABLE IF NOT EXISTS counted (n int)');
    await postgres.query('GRANT INSERT, SELECT ON counted TO app');
    const doomed = expect(
      pool.query('INSERT INTO counted SELECT 1 FROM (SELECT pg_sleep(60)) AS slept'),
    ).rejects.toMatchObject({ code: '57P01' });
    const kill =
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE $$INSERT INTO counted%$$';
    await vi.waitFor(async () => expect(await postgres.query(kill)).toHaveLength(1), 20_000);
    await doomed;
    expect((await pool.query('SELECT count(*)::int AS n FROM counted')).rows).toEqual([{ n: 0 }]);
  });

  test('of onConnect is never repeated either', async () => {
    await startWithToken();
    let calls = 0;
    const onConnect = async (client: { query(text: string): Promise<unknown> }) => {
      calls += 1;
      await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
    };
    await expect(newPool({ onConnect } as never).connect()).rejects.toThrow();
    expect(calls).toBe(1);
  });

  test('comes through after idle connections were ended, without a word', async () => {
    await startWithToken();
    const [pool, warn] = [newPool(), vi.spyOn(console, 'warn').mockReturnValue()];
    onTestFinished(() => warn.mockRestore());
    const clients = await Promise.all([pool.connect(), pool.connect()]);
    for (const client of clients) client.release();
    await postgres.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
    );
    await vi.waitFor(() => expect(pool.totalCount).toBe(0), 20_000);
    expect(await whoAmI(pool)).toBe('app');
    expect(warn).not.toHaveBeenCalled();
  });

  test('of whoever listens to lost connections hears of each', async () => {
    await startWithToken();
    const heard: (string | undefined)[] = [];
    const pool = newPool({ onIdleError: (error) => heard.push(Reflect.get(error, 'code')) });
    await whoAmI(pool);
    await postgres.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
    );
    await vi.waitFor(() => expect(heard).toEqual(['57P01']), 20_000);
  });
});

describe.runIf(hasPostgres)('without PGHOST', { timeout: PATIENCE_MS }, () => {
  const without = (host: string, options: EmulatorOptions = {}) =>
    start({ postgres: { host }, ...options }, { PGHOST: '' });
  const lookUps = (workspace: Awaited<ReturnType<typeof start>>) =>
    workspace.requests.filter(({ path }) => path.includes('/endpoints/')).length;

  test('the workspace is asked for the host, once', async () => {
    const workspace = await without('127.0.0.1');
    await getLakebasePostgresToken();
    const pool = newPool();
    expect(await Promise.all([whoAmI(pool), whoAmI(pool)])).toEqual(['app', 'app']);
    expect(pool.options.host).toBe('127.0.0.1');
    expect(lookUps(workspace)).toBe(1);
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
  });

  test('a look-up that fails fails the connection, says so, and is made again', async () => {
    const workspace = await without('127.0.0.1');
    await getLakebasePostgresToken();
    const pool = newPool();
    workspace.answer('lookUp', 'permissionDenied');
    await expect(pool.connect()).rejects.toMatchObject({
      name: 'LakebaseTokenError',
      code: 'ERR_LAKEBASE_FORBIDDEN',
      message: expect.stringMatching(
        /^PGHOST is not set, .* answered 403 .* CAN VIEW .* Or set PGHOST\.$/,
      ),
    });
    expect(await whoAmI(pool)).toBe('app');
    expect(lookUps(workspace)).toBe(2);
  });

  test('a workspace that does not know the endpoint is told with PGHOST, and nothing is dialled', async () => {
    await without('127.0.0.1');
    const other = 'projects/test-project/branches/main/endpoints/other';
    vi.stubEnv('LAKEBASE_ENDPOINT', other);
    const pool = newPool();
    await expect(pool.connect()).rejects.toMatchObject({
      name: 'LakebaseTokenError',
      message: expect.stringMatching(/^PGHOST is not set, and the workspace does not tell it: /),
    });
    expect(pool.options.host).toBe(undefined);
  });

  test('a look-up takes no longer than a connection may', async () => {
    const workspace = await without('127.0.0.1');
    await getLakebasePostgresToken();
    workspace.answer('lookUp', 'hang');
    const pool = newPool({ connectionTimeoutMillis: 300 });
    await expect(pool.connect()).rejects.toThrow('timeout exceeded when trying to connect');
    workspace.answer('lookUp', null);
  });

  test('a host that was found anew is judged as one that is set', async () => {
    const workspace = await without('127.0.0.1');
    await getLakebasePostgresToken();
    vi.stubEnv('PGSSLMODE', 'disable');
    const pool = newPool({ port: 1, connectionTimeoutMillis: 300 });
    await expect(pool.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(pool.options.host).toBe('127.0.0.1');
    const elsewhere = { status: { hosts: { host: 'ep-x.database.test' } } };
    workspace.answer('lookUp', { status: 200, body: elsewhere, times: Infinity });
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 61_000);
    onTestFinished(() => void vi.restoreAllMocks());
    const before = lookUps(workspace);
    await pool.connect().catch(() => {});
    await vi.waitFor(() => expect(lookUps(workspace)).toBe(before + 1), 20_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(pool.options).toMatchObject({ host: '127.0.0.1', ssl: false });
  });

  test('a host that is nowhere any more is asked for again, at most once a minute', async () => {
    const workspace = await without('nowhere.invalid');
    await getLakebasePostgresToken();
    const pool = newPool();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(pool.connect()).rejects.toMatchObject({ code: 'ENOTFOUND' });
    }
    expect(lookUps(workspace)).toBe(1);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 61_000);
    onTestFinished(() => void vi.restoreAllMocks());
    await expect(pool.connect()).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await vi.waitFor(() => expect(lookUps(workspace)).toBe(2), 20_000);
  });

  test('a provider of another endpoint asks for its own', async () => {
    const [one, other] = ['one', 'other'].map(
      (name) => `projects/test-project/branches/main/endpoints/${name}`,
    );
    const workspace = await without('127.0.0.1', { endpoint: [String(one), String(other)] });
    const tokens = createLakebaseTokens({ endpoint: String(other) });
    await tokens.getToken();
    expect(await whoAmI(newPool({ tokens }))).toBe('app');
    expect(workspace.requests.at(-1)?.path).toContain(other);
  });

  test('the configuration names it', async () => {
    await without('127.0.0.1');
    expect(() => getLakebasePgConfig()).toThrow('PGHOST');
  });
});

describe.runIf(hasPostgres)('without PGUSER', { timeout: PATIENCE_MS }, () => {
  const isMe = ({ path }: { path: string }) => path.endsWith('/scim/v2/Me');

  test('a person is who the workspace says', async () => {
    const workspace = await start(
      { auth: 'personal-token', postgres: { user: 'app' } },
      { PGUSER: '' },
    );
    await getLakebasePostgresToken();
    const pool = newPool();
    expect(await Promise.all([whoAmI(pool), whoAmI(pool)])).toEqual(['app', 'app']);
    expect(workspace.requests.filter(isMe)).toHaveLength(1);
  });

  test('a principal is its client id, and nobody is asked', async () => {
    const workspace = await start({}, { PGUSER: '' });
    const pool = newPool();
    await expect(pool.connect()).rejects.toMatchObject({ code: '28000' });
    expect(pool.options.user).toBe(workspace.env.DATABRICKS_CLIENT_ID);
    expect(workspace.requests.filter(isMe)).toHaveLength(0);
  });

  test('whom the token is for goes before that', async () => {
    const workspace = await start({ auth: 'personal-token' }, { PGUSER: '' });
    const claims = Buffer.from(JSON.stringify({ sub: 'somebody@example.com' }));
    const getToken = async () => `e30.${claims.toString('base64url')}.x`;
    const pool = newPool({ tokens: Object.assign(createLakebaseTokens(), { getToken }) });
    await expect(pool.connect()).rejects.toMatchObject({ code: '28000' });
    expect(pool.options.user).toBe('somebody@example.com');
    expect(workspace.requests.filter(isMe)).toHaveLength(0);
  });

  test('a workspace that does not say it is told with PGUSER', async () => {
    const workspace = await start({ auth: 'personal-token' }, { PGUSER: '' });
    workspace.answer('lookUp', 'permissionDenied');
    await expect(newPool().connect()).rejects.toMatchObject({
      name: 'LakebaseTokenError',
      message: expect.stringMatching(/^PGUSER is not set, .* Or set PGUSER\.$/),
    });
  });
});

describe.runIf(hasPostgres)('the configuration', { timeout: PATIENCE_MS }, () => {
  test('is complete, and can be spread into what makes its own connections', async () => {
    await startWithToken();
    const config = getLakebasePgConfig({ max: 2 });
    const { PGPORT } = postgres.env;
    expect(config).toEqual({
      ...{ host: '127.0.0.1', port: Number(PGPORT), user: 'app', username: 'app' },
      ...{ database: 'postgres', ssl: { ca: postgres.ca }, password: expect.any(Function) },
      ...{ connectionTimeoutMillis: 10_000, max: 2 },
    });
    const pool = new Pool(config);
    onTestFinished(() => pool.end());
    expect(await whoAmI(pool)).toBe('app');
  });

  test('takes the client id of the identity that was chosen for a role, and a database', async () => {
    const workspace = await start(
      {},
      { PGUSER: '', PGDATABASE: '', PGPORT: '', PGSSLROOTCERT: '' },
    );
    const user = workspace.env.DATABRICKS_CLIENT_ID;
    const database = 'databricks_postgres';
    expect(getLakebasePgConfig()).toMatchObject({ user, database, port: 5432, ssl: true });
    const clientId = 'another';
    const tokens = createLakebaseTokens({ identity: { clientId, clientSecret: 'x' } });
    expect(getLakebasePgConfig({ tokens })).toMatchObject({ user: clientId });
    const given = { host: 'h', port: 1, user: 'u', database: 'd', ssl: { ca: 'c' } };
    expect(getLakebasePgConfig({ tokens, ...given })).toMatchObject(given);
  });

  test('takes no listener, which it would have no use for', () => {
    const call = () => getLakebasePgConfig({ onIdleError() {} } as never);
    expect(call).toThrow('takes no option onIdleError. The pool that you make of it');
  });

  test.each<[Record<string, string>, string]>([
    [{ PGHOST: '', PGUSER: '' }, 'PGHOST (the host of the endpoint'],
    [{ PGPORT: 'x' }, 'PGPORT must be a port'],
    [{ PGSSLMODE: 'prefer' }, 'PGSSLMODE must be require, verify-ca or verify-full'],
    [{ PGSSLMODE: 'no-verify' }, 'PGSSLMODE must be'],
    [{ PGSSLMODE: 'disable', PGHOST: 'ep-x.database.test' }, 'for a Postgres on this machine'],
    [{ PGSSLROOTCERT: '/nowhere' }, 'PGSSLROOTCERT names a file that cannot be read (ENOENT)'],
    [
      { PGHOST: 'ep-x-1-pooler.database.us.cloud.databricks.com' },
      'the direct one, ep-x-1.database.us.cloud.databricks.com',
    ],
  ])('%j is told', async (changes, message) => {
    await start({ auth: 'personal-token' }, changes);
    expect(() => getLakebasePgConfig()).toThrow(message);
    expect(() => getLakebasePgConfig()).toThrow(
      expect.objectContaining({ name: 'LakebaseTokenError' }),
    );
  });

  test('encrypts and verifies by every mode, and not on this machine if that is wanted', async () => {
    const modes = {
      '': true,
      require: true,
      'verify-ca': true,
      'verify-full': true,
      disable: false,
    };
    for (const [mode, ssl] of Object.entries(modes)) {
      await start({}, { PGSSLMODE: mode, PGSSLROOTCERT: 'system' });
      expect(getLakebasePgConfig().ssl).toBe(ssl);
    }
    await start({}, { PGSSLROOTCERT: '' });
    const pool = newPool();
    await expect(pool.connect()).rejects.toThrow('unable to verify');
  });
});
