import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  createLakebaseTokens,
  getLakebaseCredential,
  getLakebasePostgresToken,
  type LakebaseTokenOptions,
} from 'lakebase-token';
import { startWorkspaceEmulator } from 'lakebase-token/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { newFolder } from './support/command_line';
import { HOME } from './support/platform';
import { runProgram } from './support/programs';
import { inWorkers } from './support/workers';
import { requestsOf, startWorkspace } from './support/workspace';

const ENDPOINT = 'projects/test-project/branches/main/endpoints/primary';
const OTHER = 'projects/test-project/branches/main/endpoints/other';

describe('a provider', () => {
  test('of nothing else is that of the package', async () => {
    const workspace = await startWorkspace();
    const { getToken, getStatus, invalidate } = createLakebaseTokens();
    const token = await getToken();
    expect(await getLakebasePostgresToken()).toBe(token);
    expect(getToken()).toBe(getToken());
    expect(getStatus().token?.expiresAt).toEqual((await getLakebaseCredential()).expiresAt);
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
    expect([invalidate(token), invalidate(token)]).toEqual([true, false]);
  });

  test('has an endpoint of its own', async () => {
    const workspace = await startWorkspace({ endpoint: [ENDPOINT, OTHER] });
    const other = createLakebaseTokens({ endpoint: OTHER });
    const tokens = await Promise.all([getLakebasePostgresToken(), other.getToken()]);
    const issued = workspace.issuedTokens.map(({ token }) => token);
    expect(new Set(tokens)).toEqual(new Set(issued));
    expect(issued).toHaveLength(2);
    expect(await other.getToken()).toBe(tokens[1]);
    expect(requestsOf(workspace)).toEqual({ accessToken: 2, postgresToken: 2 });
  });

  test('shares a cache with whoever comes to the same, in another thread too', async () => {
    const workspace = await startWorkspace();
    const { DATABRICKS_HOST: host, DATABRICKS_CLIENT_ID, DATABRICKS_CLIENT_SECRET } = workspace.env;
    const clientId = String(DATABRICKS_CLIENT_ID);
    const clientSecret = String(DATABRICKS_CLIENT_SECRET);
    const home = newFolder();
    vi.stubEnv(HOME, home);
    const pair = `client_id = ${clientId}\nclient_secret = ${clientSecret}\n`;
    writeFileSync(path.join(home, '.databrickscfg'), `[dev]\nhost = ${host}\n${pair}`);
    const identity = { clientId, clientSecret };
    const given: LakebaseTokenOptions[] = [
      {},
      { host: `${host}/`, endpoint: ENDPOINT, identity },
      { identity },
      { identity: { profile: 'dev' } },
    ];
    const tokens = await Promise.all(
      given.map((options) => createLakebaseTokens(options).getToken()),
    );
    const [elsewhere] = await inWorkers<string>(1, 'return getLakebasePostgresToken();');
    expect(new Set([...tokens, elsewhere]).size).toBe(1);
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
  });

  test('with an identity looks at no other', async () => {
    const workspace = await startWorkspace();
    const tokens = createLakebaseTokens({ identity: { token: 'another-token' } });
    await expect(tokens.getToken()).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_UNAUTHENTICATED',
      message: expect.stringContaining('Renew the option identity.token'),
    });
    expect(tokens.getStatus().identity).toEqual({
      type: 'personal-token',
      from: 'the option identity.token',
    });
    expect(requestsOf(workspace).accessToken).toBe(0);
  });

  test('of a host of its own takes no workspace of the environment', async () => {
    const unified = await startWorkspaceEmulator({ hostType: 'unified', workspaceId: '77' });
    onTestFinished(() => unified.close());
    await startWorkspace();
    const { DATABRICKS_HOST: host, DATABRICKS_CLIENT_ID, DATABRICKS_CLIENT_SECRET } = unified.env;
    vi.stubEnv('DATABRICKS_WORKSPACE_ID', '1');
    const identity = {
      clientId: String(DATABRICKS_CLIENT_ID),
      clientSecret: String(DATABRICKS_CLIENT_SECRET),
    };
    const byOption = createLakebaseTokens({ host, identity, workspaceId: '77' });
    const byHost = createLakebaseTokens({ host: `${host}/?o=77`, identity });
    expect(await byHost.getToken()).toBe(unified.issuedTokens[0]?.token);
    expect(await byOption.getToken()).toBe(unified.issuedTokens[0]?.token);
  });

  test('asks for the life and the claims that it is given', async () => {
    const workspace = await startWorkspace();
    const claims = [{ permission_set: 'READ_ONLY', resources: [{ table_name: 'a.b.c' }] }];
    const short = createLakebaseTokens({ ttlMs: 600_000 });
    const { expiresAt } = await short.getCredential();
    expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(600_000);
    expect(await createLakebaseTokens({ claims }).getToken()).not.toBe(await short.getToken());
    expect(workspace.requests.every(({ status }) => status === 200)).toBe(true);
    expect(requestsOf(workspace).postgresToken).toBe(2);
  });

  test('closes the socket of a client of pg that gets no token', async () => {
    await startWorkspace();
    const { getToken } = createLakebaseTokens({ identity: { token: 'another-token' } });
    const destroyed: unknown[] = [];
    const connection = { stream: { destroy: (e: Error) => destroyed.push(e) }, once: () => {} };
    await expect(getToken.call({ connection } as never)).rejects.toThrow();
    expect(destroyed).toMatchObject([{ code: 'ERR_LAKEBASE_UNAUTHENTICATED' }]);
  });
});

describe('options', () => {
  test.each<[unknown, string]>([
    [null, 'options must be an object'],
    [[], 'options must be an object'],
    [{ hots: 'x' }, 'There is no option hots in options'],
    [{ host: 1 }, 'host must be a string'],
    [{ host: ' ' }, 'host must be a string, and not empty'],
    [{ endpoint: {} }, 'endpoint must be a string'],
    [{ identity: 'dev' }, 'identity must be an object'],
    [{ identity: {} }, 'identity must have either'],
    [{ identity: { token: 'x', profile: 'y' } }, 'identity must have either'],
    [{ identity: { clientId: 'x' } }, 'identity must have either'],
    [{ identity: { token: '' } }, 'identity.token must be a string, and not empty'],
    [{ host: 'x\ud83d' }, 'host has half a character in it'],
    [{ identity: { accessToken: () => 'x', name: 'user-\ud83d' } }, 'identity.name has half a'],
    [{ identity: { tokn: 'x' } }, 'There is no option tokn in identity'],
    [{ ttlMs: '600000' }, 'ttlMs must be a number'],
    [{ claims: {} }, 'claims must be an array'],
  ])('%j are a mistake of the program', (options, message) => {
    const create = () => createLakebaseTokens(options as LakebaseTokenOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });

  test.each([0, 299_999, 3_600_001, 300_000.5, Number.NaN])(
    'ttlMs: %d is out of range',
    (ttlMs) => {
      expect(() => createLakebaseTokens({ ttlMs })).toThrow(RangeError);
    },
  );

  test.each<[LakebaseTokenOptions, string]>([
    [{ host: 'http://workspace.test' }, 'the option host is a plain http: URL'],
    [{ endpoint: 'primary' }, 'the option endpoint is a name'],
    [{ workspaceId: 'a b' }, 'the option workspaceId is not the id of a workspace'],
    [{ identity: { token: 'a b' } }, 'the option identity.token contains characters'],
    [{ identity: { profile: 'gone' } }, 'the option identity.profile names'],
  ])('%j reject the calls', async (options, message) => {
    await startWorkspace();
    const tokens = createLakebaseTokens(options);
    await expect(tokens.getToken()).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });
});

test('a thousand providers leave nothing behind, and others go on', async () => {
  const workspace = await startWorkspace();
  const { stdout } = await runProgram(
    `import { createLakebaseTokens } from 'lakebase-token';
    const { getToken } = createLakebaseTokens();
    const token = await getToken();
    const round = async () => {
      for (let made = 0; made < 1000; made += 1) await createLakebaseTokens().getToken();
      await new Promise(setImmediate);
      gc();
      await new Promise(setImmediate);
    };
    // V8 lets the heap of young objects grow at first.
    for (let rounds = 0; rounds < 6; rounds += 1) await round();
    const before = process.memoryUsage().rss;
    for (let rounds = 0; rounds < 10; rounds += 1) await round();
    const grown = process.memoryUsage().rss - before;
    console.log(JSON.stringify([grown < 16e6, (await getToken()) === token]));`,
    { ...workspace.env },
    ['--expose-gc'],
  );
  expect(JSON.parse(stdout)).toEqual([true, true]);
  expect(requestsOf(workspace).postgresToken).toBe(1);
});
