// The package as Jest and vitest's vm pools load it: its JavaScript in another realm than its addon.
// e2e/bundlers has those tools.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { getLakebaseTokenStatus } from 'lakebase-token';
import { expect, test } from 'vitest';
import { startWorkspace } from './support/workspace';

type Tokens = typeof import('lakebase-token');
type Realm = Pick<typeof globalThis, 'Error' | 'Promise' | 'Date' | 'Object'>;

function anotherRealm(): { realm: Realm; tokens: Tokens } {
  const context = createContext({ process });
  /** Like Node's own `require`, but for the realm. */
  const load = (file: string) => {
    if (!file.endsWith('.js')) return require(file);
    const source = `(function (exports, require, module, __dirname) {${readFileSync(file)}\n})`;
    const module = { exports: {} };
    const folder = path.dirname(file);
    const own = (name: string) => load(name.startsWith('.') ? path.join(folder, name) : name);
    runInContext(source, context, { filename: file })(module.exports, own, module, folder);
    return module.exports;
  };
  const tokens = load(path.resolve(__dirname, '../js/index.js'));
  return { realm: runInContext('({ Error, Promise, Date, Object })', context), tokens };
}

test('promises and dates are those of the realm, and a hit is the same promise again', async () => {
  const workspace = await startWorkspace();
  const { realm, tokens } = anotherRealm();
  const [first, second] = [tokens.getLakebasePostgresToken(), tokens.getLakebasePostgresToken()];
  expect(first).toBeInstanceOf(realm.Promise);
  expect(second).toBe(first);
  expect(await first).toBe(workspace.issuedTokens[0]?.token);
  expect(tokens.getLakebasePostgresToken()).toBe(tokens.getLakebasePostgresToken());
  const { expiresAt } = await tokens.getLakebaseCredential();
  expect(expiresAt).toBeInstanceOf(realm.Date);
  const { token } = tokens.getLakebaseTokenStatus();
  expect(token).toBeInstanceOf(realm.Object);
  expect(token?.expiresAt).toBeInstanceOf(realm.Date);
  expect(token?.expiresAt.getTime()).toBe(expiresAt.getTime());
});

test('errors are those of the realm, as whole as they were', async () => {
  const workspace = await startWorkspace();
  const { realm, tokens } = anotherRealm();
  workspace.answer('postgresToken', 'notFound');
  const error = await tokens.getLakebasePostgresToken().catch((reason) => reason);
  const outside = getLakebaseTokenStatus().lastFailure?.error as Error;
  expect(outside).not.toBeInstanceOf(realm.Error);
  for (const one of [error, tokens.getLakebaseTokenStatus().lastFailure?.error]) {
    expect(one).toBeInstanceOf(realm.Error);
    expect({ ...one, message: one.message }).toEqual({ ...outside, message: outside.message });
    expect(one.stack).toContain(one.message);
    expect(Object.keys(one)).toEqual(Object.keys(outside));
  }
});

test("what a signal was aborted with stays the caller's own", async () => {
  await startWorkspace();
  const { tokens } = anotherRealm();
  const unreadable = Proxy.revocable({}, {});
  unreadable.revoke();
  for (const reason of [
    Object.assign(new Error('left'), { name: 'LakebaseTokenErrorOfMine' }),
    Object.assign(new Error('left'), { name: 'LakebaseTokenError' }),
    unreadable.proxy,
    undefined,
  ]) {
    const call = tokens.getLakebaseCredential({ signal: AbortSignal.abort(reason) });
    const thrown = await call.then(
      () => 'a token',
      (thrown) => [thrown],
    );
    expect(thrown[0] === reason || reason === undefined).toBe(true);
  }
});

test('a realm without AbortController is told so where a function would be given its signal', async () => {
  const workspace = await startWorkspace({ auth: 'federation' });
  const { tokens } = anotherRealm();
  const clientId = String(workspace.env.DATABRICKS_CLIENT_ID);
  const idToken = () => workspace.issueIdToken();
  const provider = tokens.createLakebaseTokens({ identity: { clientId, idToken } });
  await expect(provider.getToken()).rejects.toMatchObject({
    code: 'ERR_LAKEBASE_IDENTITY_UNAVAILABLE',
    message: expect.stringContaining('AbortController is not defined'),
  });
});
