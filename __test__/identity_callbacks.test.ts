import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import {
  createLakebaseTokens,
  type IdTokenIdentity,
  type IdTokenRequest,
  type LakebaseIdentity,
} from 'lakebase-token';
import type { EmulatorOptions, WorkspaceEmulator } from 'lakebase-token/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startWorker } from './support/workers';
import { requestsOf, startWorkspace } from './support/workspace';

type IdToken = IdTokenIdentity['idToken'];

/** The request that a call is made for. */
const request = new AsyncLocalStorage<number>();

/** Of a renewal every second or so, and access tokens that outlive them. */
const SHORT = { lifetimeMs: { postgresToken: 2_500, accessToken: 100_000 } };

async function startFederation(options: EmulatorOptions = {}) {
  const workspace = await startWorkspace({ auth: 'federation', ...options });
  vi.stubEnv('DATABRICKS_OIDC_TOKEN', '');
  return { workspace, clientId: String(workspace.env.DATABRICKS_CLIENT_ID) };
}

/** A provider of ID tokens of `idToken`, and who was asked. */
async function withFunction(idToken: (workspace: WorkspaceEmulator) => IdToken, options = {}) {
  const { workspace, clientId } = await startFederation(options);
  const asked: (number | undefined)[] = [];
  const give = idToken(workspace);
  const identity: LakebaseIdentity = {
    clientId,
    idToken: (question) => {
      asked.push(request.getStore());
      return give(question);
    },
  };
  return { workspace, asked, tokens: createLakebaseTokens({ identity }) };
}

/** Gives an ID token to these requests alone. */
const only =
  (...numbers: number[]) =>
  (workspace: WorkspaceEmulator) =>
  async () => {
    await Promise.resolve();
    if (!numbers.includes(request.getStore() ?? -1)) throw new Error('no ID token here');
    return workspace.issueIdToken();
  };

const UNAVAILABLE = { code: 'ERR_LAKEBASE_IDENTITY_UNAVAILABLE', name: 'LakebaseTokenError' };

describe('an ID token', () => {
  test('is asked for within the call, by whoever finds no token, and for none that is there', async () => {
    const { workspace, asked, tokens } = await withFunction(only(1));
    const first = request.run(1, () => tokens.getToken());
    expect(asked).toEqual([1]);
    const others = Array.from({ length: 50 }, () => request.run(2, () => tokens.getToken()));
    const all = new Set(await Promise.all([first, ...others]));
    for (let calls = 0; calls < 100; calls += 1) all.add(await tokens.getToken());
    expect(all).toEqual(new Set([workspace.issuedTokens[0]?.token]));
    expect(asked).toEqual([1]);
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
  });

  test('is for the audience that is wanted', async () => {
    const questions: IdTokenRequest[] = [];
    const { workspace, clientId } = await startFederation();
    const idToken: IdToken = (question) => {
      questions.push(question);
      return workspace.issueIdToken();
    };
    for (const audience of [undefined, 'somebody']) {
      const identity = { clientId, idToken, audience };
      await createLakebaseTokens({ identity }).getToken();
    }
    expect(questions.map(({ audience }) => audience)).toEqual([
      `${workspace.url}/oidc/v1/token`,
      'somebody',
    ]);
    expect(questions[0]?.signal).toMatchObject({ aborted: false });
  });

  test('of an account needs no client id', async () => {
    const workspace = await startWorkspace({ federation: { issuer: 'https://issuer.test' } });
    const identity = { idToken: () => workspace.issueIdToken({ sub: 'anybody' }) };
    const tokens = createLakebaseTokens({ identity });
    expect(await tokens.getToken()).toBe(workspace.issuedTokens[0]?.token);
    expect(tokens.getStatus().identity).toEqual({
      type: 'federation',
      from: 'the option identity.idToken',
    });
  });

  test('is asked for anew by each renewal, in the context of the request that finds it due', async () => {
    const { workspace, asked, tokens } = await withFunction(only(1, 2, 3, 4, 5, 6, 7, 8, 9), SHORT);
    let number = 1;
    const calls = () => request.run(number++, () => tokens.getToken());
    const first = await calls();
    await expect.poll(calls, { interval: 700, timeout: 20_000 }).not.toBe(first);
    expect(asked.length).toBeGreaterThan(1);
    expect(new Set(asked).size).toBe(asked.length);
    expect(requestsOf(workspace).accessToken).toBe(asked.length);
  });

  test('that is refused is told with what the policy must say, and remembered for a pause', async () => {
    const { workspace, asked, tokens } = await withFunction(
      (workspace) => () => workspace.issueIdToken({ sub: 'stranger' }),
    );
    for (let calls = 0; calls < 2; calls += 1) {
      await expect(tokens.getToken()).rejects.toMatchObject({
        code: 'ERR_LAKEBASE_UNAUTHENTICATED',
        message: expect.stringContaining('the subject "stranger"'),
      });
    }
    expect(asked).toHaveLength(1);
    expect(requestsOf(workspace).accessToken).toBe(1);
  });

  test('that a workspace no longer stands by is asked for once more, by the same caller', async () => {
    const { workspace, asked, tokens } = await withFunction(only(1));
    workspace.answer('postgresToken', { status: 401, times: 1 });
    expect(await request.run(1, () => tokens.getToken())).toBe(workspace.issuedTokens[0]?.token);
    expect(asked).toEqual([1, 1]);
    expect(requestsOf(workspace)).toEqual({ accessToken: 2, postgresToken: 2 });
  });
});

describe('a caller whose function has nothing', () => {
  test('is nobody’s pause: the next one is asked at once', async () => {
    const { workspace, asked, tokens } = await withFunction(only(2));
    const warmUp = tokens.getToken();
    await expect(warmUp).rejects.toMatchObject({
      ...UNAVAILABLE,
      retryable: true,
      cause: expect.objectContaining({ message: 'no ID token here' }),
    });
    expect(await request.run(2, () => tokens.getToken())).toBe(workspace.issuedTokens[0]?.token);
    expect(asked).toEqual([undefined, 2]);
  });

  test('gets the token by those who wait with it, each asked in its own context', async () => {
    const { asked, tokens } = await withFunction(only(3));
    const calls = [1, 2, 3].map((number) => request.run(number, () => tokens.getToken()));
    expect(new Set(await Promise.all(calls)).size).toBe(1);
    expect(asked).toEqual([1, 2, 3]);
  });

  test('has three others asked, and then all hear why', async () => {
    const { workspace, asked, tokens } = await withFunction(only());
    const calls = Array.from({ length: 30 }, (_, number) =>
      request.run(number, () => tokens.getToken()),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(asked).toEqual([0, 1, 2, 3]);
    expect(workspace.requests).toEqual([]);
  });

  test('gets it also by a caller of getCredential, and of another thread', async () => {
    const { workspace, clientId } = await startFederation();
    const idToken: IdToken = () => new Promise((_, reject) => setTimeout(reject, 1_000, 'no'));
    const here = createLakebaseTokens({ identity: { clientId, idToken } });
    const call = here.getCredential({ timeoutMs: 8_000 });
    const worker = startWorker(
      `const idToken = () => ${JSON.stringify(workspace.issueIdToken())};
      const identity = { clientId: process.env.DATABRICKS_CLIENT_ID, idToken };
      parentPort.postMessage(await createLakebaseTokens({ identity }).getToken());`,
      { env: { ...process.env } },
    );
    onTestFinished(() => void worker.terminate());
    const there = new Promise((resolve) => worker.once('message', resolve));
    expect((await call).token).toBe(await there);
  });

  test('has nobody asked who has left, which leaves the place to others', async () => {
    const { asked, tokens } = await withFunction((workspace) => async () => {
      // By now all of them have joined.
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (request.getStore() !== 5) throw new Error('no ID token here');
      return workspace.issueIdToken();
    });
    const first = request.run(1, () => tokens.getToken());
    const controller = new AbortController();
    const { signal } = controller;
    const gone = [2, 3, 4].map((number) =>
      request.run(number, () => tokens.getCredential({ signal })),
    );
    controller.abort();
    await Promise.allSettled(gone);
    const last = request.run(5, () => tokens.getToken());
    expect(new Set(await Promise.all([first, last])).size).toBe(1);
    expect(asked).toEqual([1, 5]);
  });

  test('in a thread that ends has the next one asked', async () => {
    const { workspace, clientId } = await startFederation();
    const worker = startWorker(
      `const idToken = () => { parentPort.postMessage('asked'); return new Promise(() => {}); };
      const identity = { clientId: process.env.DATABRICKS_CLIENT_ID, idToken };
      setInterval(() => {}, 1_000);
      createLakebaseTokens({ identity }).getToken().catch(() => {});`,
      { env: { ...process.env } },
    );
    await new Promise((resolve) => worker.once('message', resolve));
    const identity = { clientId, idToken: () => workspace.issueIdToken() };
    const call = createLakebaseTokens({ identity }).getToken();
    await worker.terminate();
    expect(await call).toBe(workspace.issuedTokens[0]?.token);
  });

  test('renews by the access token of before', async () => {
    const { workspace, asked, tokens } = await withFunction(only(1), SHORT);
    const first = await request.run(1, () => tokens.getToken());
    await expect.poll(tokens.getToken, { timeout: 20_000 }).not.toBe(first);
    expect(asked.length).toBeGreaterThan(1);
    expect(requestsOf(workspace)).toEqual({
      accessToken: 1,
      postgresToken: workspace.issuedTokens.length,
    });
  });

  test('gets the token of before where the access token is about to expire', async () => {
    const lifetimeMs = { accessToken: 39_000, postgresToken: 4_000 };
    const { workspace, asked, tokens } = await withFunction(only(1), { lifetimeMs });
    const first = await request.run(1, () => tokens.getToken());
    const due = Number(tokens.getStatus().token?.renewsAt) - Date.now() + 50;
    await new Promise((resolve) => setTimeout(resolve, due));
    expect([await tokens.getToken(), await tokens.getToken()]).toEqual([first, first]);
    await expect.poll(() => asked.length).toBeGreaterThan(1);
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
  });
});

describe('providers with functions', () => {
  test('share nothing without a client id or a name', async () => {
    const workspace = await startWorkspace({ federation: { issuer: 'https://issuer.test' } });
    const of = (sub: string) => () => workspace.issueIdToken({ sub });
    const [one, other] = ['one', 'other'].map((sub) =>
      createLakebaseTokens({ identity: { idToken: of(sub) } }),
    );
    expect(await one?.getToken()).not.toBe(await other?.getToken());
    expect(requestsOf(workspace)).toEqual({ accessToken: 2, postgresToken: 2 });
  });

  test.each<[string, EmulatorOptions, (workspace: WorkspaceEmulator) => object]>([
    ['client id', {}, ({ env }) => ({ clientId: env.DATABRICKS_CLIENT_ID })],
    ['name', { federation: { issuer: 'https://issuer.test' } }, () => ({ name: 'everybody' })],
  ])('share one cache by their %s', async (_, options, sharedBy) => {
    const { workspace } = await startFederation(options);
    const shared = sharedBy(workspace);
    const idToken = () => workspace.issueIdToken();
    const providers = [idToken, () => idToken()].map((idToken) =>
      createLakebaseTokens({ identity: { ...shared, idToken } }),
    );
    const tokens = await Promise.all(providers.map(({ getToken }) => getToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
  });

  test('call the function of whoever calls', async () => {
    const { workspace, clientId } = await startFederation();
    const asked: string[] = [];
    const of = (who: string) => {
      const idToken = () => {
        asked.push(who);
        return workspace.issueIdToken();
      };
      return createLakebaseTokens({ identity: { clientId, idToken } });
    };
    const [one, other] = [of('one'), of('other')];
    const token = await one.getToken();
    expect(other.invalidate(token)).toBe(true);
    await other.getToken();
    expect(asked).toEqual(['one', 'other']);
  });
});

describe('an access token', () => {
  async function withAccessTokens(expiresInMs?: number) {
    const workspace = await startWorkspace({ auth: 'personal-token', ...SHORT });
    const token = String(workspace.env.DATABRICKS_TOKEN);
    let has = true;
    const accessToken = () => {
      if (!has) throw new Error('none today');
      const expiresAt = new Date(Date.now() + (expiresInMs ?? 0));
      return expiresInMs === undefined ? token : { token, expiresAt };
    };
    const tokens = createLakebaseTokens({ identity: { accessToken } });
    const first = await tokens.getToken();
    expect(first).toBe(workspace.issuedTokens[0]?.token);
    has = false;
    return { workspace, tokens, first };
  }

  test('may come from a function', async () => {
    const { tokens } = await withAccessTokens();
    expect(tokens.getStatus().identity).toEqual({
      type: 'access-token',
      from: 'the option identity.accessToken',
    });
  });

  test('that tells its expiry is used again', async () => {
    const { tokens, first } = await withAccessTokens(60_000);
    await expect.poll(tokens.getToken, { timeout: 20_000 }).not.toBe(first);
  });

  test.each([
    ['that does not tell it', undefined],
    ['of which little is left', 39_000],
  ])('%s is used once', async (_, expiresInMs) => {
    const { workspace, tokens } = await withAccessTokens(expiresInMs);
    const rejection = () => tokens.getToken().catch((error) => error.code);
    await expect.poll(rejection, { timeout: 20_000 }).toBe(UNAVAILABLE.code);
    expect(requestsOf(workspace).postgresToken).toBe(1);
  });

  test('that is refused is told with what gave it', async () => {
    const workspace = await startWorkspace({ auth: 'personal-token' });
    let asked = 0;
    const accessToken = () => {
      asked += 1;
      return 'somebody-elses';
    };
    const { getToken } = createLakebaseTokens({ identity: { accessToken } });
    await expect(getToken()).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_UNAUTHENTICATED',
      message: expect.stringContaining('the option identity.accessToken'),
    });
    expect(asked).toBe(2);
    expect(requestsOf(workspace).postgresToken).toBe(2);
  });
});

describe('a function that', () => {
  const CANARY = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canary';

  test.each<[string, () => unknown, string, boolean]>([
    ['throws', fail('canteen closed'), 'gave no ID token: “canteen closed”', true],
    ['rejects', async () => fail('canteen closed')(), '“canteen closed”', true],
    ['throws a text', throwing('a text'), '“a text”', true],
    ['throws nothing', throwing(undefined), '“undefined”', true],
    ['throws the token', fail(`cannot use ${CANARY}`), '“cannot use …”', true],
    ['throws what cannot be read', throwing(hostile()), 'an error that cannot be read', true],
    ['throws a proxy that is revoked', throwing(revoked()), 'error that cannot be read', true],
    ['rejects with one', () => Promise.reject(revoked()), 'error that cannot be read', true],
    ['returns one', () => revoked(), 'gave no ID token', true],
    ['returns nothing', () => undefined, 'returned nothing', true],
    ['returns null', async () => null, 'returned nothing', true],
    ['returns an empty text', () => '', 'returned nothing', true],
    ['returns a number', () => 42, 'not an ID token (number)', false],
    ['returns an object', () => ({ token: CANARY }), 'not an ID token (object)', false],
    ['returns lines', () => `${CANARY}\n${CANARY}`, 'one with unusable characters', false],
    ['returns no end', () => 'x'.repeat(10_000_000), 'one of more than 128 KiB', false],
  ])('%s is an error that says so', async (_, idToken, message, retryable) => {
    const { workspace, clientId } = await startFederation();
    const identity = { clientId, idToken: idToken as IdToken };
    const tokens = createLakebaseTokens({ identity });
    const error = await tokens.getToken().catch((error) => error);
    expect(error).toMatchObject({ ...UNAVAILABLE, retryable });
    expect(error.message).toMatch(/option identity\.idToken/);
    expect(error.message).toContain(message);
    expect(inspect([error, tokens.getStatus()], { showHidden: true, depth: 9 })).not.toContain(
      'canary',
    );
    expect(workspace.requests).toEqual([]);
    await expect(
      createLakebaseTokens({
        identity: { clientId, idToken: () => workspace.issueIdToken() },
      }).getToken(),
    ).resolves.toBeTruthy();
  });

  test.each<[string, unknown, string]>([
    ['a number', 7, 'not an access token (number)'],
    ['an object without a token', {}, 'returned nothing'],
    ['a wrong expiry', { token: 'x', expiresAt: 'soon' }, 'an expiresAt that is no date'],
    ['no moment', { token: 'x', expiresAt: new Date(Number.NaN) }, 'that is no date'],
    ['a token of yesterday', { token: 'x', expiresAt: new Date(1) }, 'that is already expired'],
    ['one of before 1970', { token: 'x', expiresAt: new Date(-1) }, 'that is already expired'],
  ])('returns %s for an access token is told so', async (_, returned, message) => {
    await startWorkspace();
    const identity = { accessToken: () => returned as string };
    await expect(createLakebaseTokens({ identity }).getToken()).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringContaining(message),
    });
  });

  test('never answers costs five seconds, and hears that nobody waits any more', async () => {
    const signals: unknown[] = [];
    const { tokens, workspace } = await withFunction(() => ({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const begin = performance.now();
    await expect(tokens.getToken()).rejects.toMatchObject({
      ...UNAVAILABLE,
      retryable: true,
      message: expect.stringContaining('no answer of the option identity.idToken within 5 s'),
    });
    expect(performance.now() - begin).toBeLessThan(9_000);
    await expect.poll(() => signals).toMatchObject([{ aborted: true }]);
    expect(workspace.requests).toEqual([]);
  });

  test.each<[string, (workspace: WorkspaceEmulator) => unknown]>([
    ['gives', (workspace) => workspace.issueIdToken()],
    ['hangs', () => new Promise(() => {})],
  ])('aborts the signal of its caller, and %s, lets that go at once', async (_, idToken) => {
    const controller = new AbortController();
    const reason = new Error('the caller has left');
    const { tokens } = await withFunction((workspace) => () => {
      controller.abort(reason);
      return idToken(workspace) as string;
    });
    await expect(tokens.getCredential({ signal: controller.signal })).rejects.toBe(reason);
  });

  test('hangs keeps nobody waiting who has what it takes', async () => {
    const { tokens, workspace } = await withFunction((workspace) => () => {
      const isLast = request.getStore() === 3;
      return isLast ? workspace.issueIdToken() : new Promise<string>(() => {});
    });
    const calls = [1, 2, 3].map((number) => request.run(number, () => tokens.getToken()));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([workspace.issuedTokens[0]?.token]));
  });

  test.each([
    ['at once', async () => {}],
    ['later', () => new Promise((resolve) => setTimeout(resolve, 50))],
  ])('asks for the token that it makes possible, %s, is refused that', async (_, wait) => {
    const { clientId } = await startFederation();
    const inner: unknown[] = [];
    const tokens = createLakebaseTokens({
      identity: {
        clientId,
        idToken: async () => {
          await wait();
          return tokens.getToken().catch((error) => {
            inner.push(error);
            throw error;
          });
        },
      },
    });
    await expect(tokens.getToken()).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringContaining('the very token that it makes possible'),
    });
    expect(inner).toMatchObject([{ ...UNAVAILABLE, retryable: false }]);
  });

  test('asks for the token of another provider gets it', async () => {
    const { workspace, clientId } = await startFederation();
    const other = createLakebaseTokens({
      endpoint: String(workspace.env.LAKEBASE_ENDPOINT),
      identity: { name: 'other', clientId, idToken: () => workspace.issueIdToken() },
    });
    const idToken = async () => {
      await other.getToken();
      return workspace.issueIdToken();
    };
    const tokens = createLakebaseTokens({ identity: { clientId, idToken } });
    expect(await tokens.getToken()).toBe(workspace.issuedTokens[1]?.token);
  });

  function throwing(thrown: unknown) {
    return () => {
      throw thrown;
    };
  }

  function fail(message: string) {
    return throwing(new Error(message));
  }

  function revoked() {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }

  function hostile() {
    return {
      get message(): string {
        throw new Error('canary');
      },
    };
  }
});
