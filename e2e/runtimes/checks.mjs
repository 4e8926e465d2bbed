// What has to be true in every runtime.
import assert from 'node:assert/strict';
import { CA_FILE, serverKeys as tls } from '../../support/tls/keys.js';
import { said } from './app.mjs';

/**
 * @typedef {(tools: {
 *   startWorkspace: typeof import('lakebase-token/testing').startWorkspaceEmulator,
 *   see(name: string, env: object): Promise<any>,
 *   run(args: string[], env: object): Promise<{ code: number, signal: string, stdout: string, stderr: string }>,
 *   runtime: import('./runtimes.mjs').Runtime,
 *   postgres: object,
 * }) => Promise<void>} Check
 */

/** @type {Record<string, Check>} */
export const checks = {
  async 'named imports'({ see }) {
    const names = [
      'createLakebaseTokens',
      'getLakebaseCredential',
      'getLakebasePostgresToken',
      'getLakebaseTokenStatus',
      'invalidateLakebasePostgresToken',
    ];
    assert.deepEqual(await see('load', {}), { names, same: true });
  },

  async 'a token'({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    const { token, isRemembered } = await see('token', workspace.env);
    assert.equal(token, workspace.issuedTokens[0].token);
    assert.ok(isRemembered, 'the same promise again');
    assert.deepEqual(requestsOf(workspace), { accessToken: 1, postgresToken: 1 });
  },

  async 'a token, CommonJS'({ run, runtime, startWorkspace }) {
    const workspace = await startWorkspace();
    const token = said(await run([...runtime.run, 'required.cjs'], workspace.env));
    assert.equal(token, workspace.issuedTokens[0].token);
  },

  async 'a token over https'({ see, startWorkspace }) {
    const workspace = await startWorkspace({ tls });
    const { token } = await see('token', { ...workspace.env, NODE_EXTRA_CA_CERTS: CA_FILE });
    assert.equal(token, workspace.issuedTokens[0].token);
    const stranger = await startWorkspace({ tls });
    const { code } = await see('error', stranger.env);
    assert.equal(code, 'ERR_LAKEBASE_UNAVAILABLE');
    assert.equal(stranger.requests.length, 0);
  },

  async 'a login with pg'({ see, startWorkspace, postgres }) {
    const workspace = await startWorkspace({ onPostgresToken: postgres.acceptToken });
    const rows = await see('login', { ...workspace.env, ...postgres.env, CA: postgres.ca });
    assert.deepEqual(rows, [{ user: postgres.user, ssl: true }]);
  },

  async errors({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    const missing = await see('error', { ...workspace.env, LAKEBASE_ENDPOINT: '' });
    assert.match(missing.message, /LAKEBASE_ENDPOINT/);
    assert.deepEqual(
      { ...missing, message: '' },
      {
        isError: true,
        name: 'LakebaseTokenError',
        code: 'ERR_LAKEBASE_CONFIG_MISSING',
        message: '',
        retryable: false,
      },
    );
    workspace.answer('postgresToken', 'notFound');
    const refused = await see('error', workspace.env);
    assert.deepEqual(
      { ...refused, message: '' },
      {
        isError: true,
        name: 'LakebaseTokenError',
        code: 'ERR_LAKEBASE_NOT_FOUND',
        message: '',
        retryable: false,
        status: 404,
        errorCode: 'NOT_FOUND',
        requestId: workspace.requests.at(-1).requestId,
      },
    );
  },

  async invalidate({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    const seen = await see('invalidate', workspace.env);
    const [first, second] = workspace.issuedTokens.map(({ token }) => token);
    assert.deepEqual(seen, { first, forgets: [true, false], second });
    assert.deepEqual(requestsOf(workspace), { accessToken: 1, postgresToken: 2 });
  },

  async 'a credential'({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    const { expiresAt, ...seen } = await see('credential', workspace.env);
    const [issued] = workspace.issuedTokens;
    assert.deepEqual(seen, { token: issued.token, isDate: true, misuse: 'ERR_OUT_OF_RANGE' });
    // A second is what the dates of the answer leave open.
    assert.ok(Math.abs(new Date(expiresAt) - issued.expiresAt) <= 1_000, expiresAt);
  },

  async 'an abort signal'({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    const { isReason, token } = await see('abort', workspace.env);
    assert.ok(isReason, 'the reason of the signal');
    assert.equal(token, workspace.issuedTokens[0].token);
    assert.deepEqual(requestsOf(workspace), { accessToken: 1, postgresToken: 1 });
  },

  async status({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    const { before, during, after, areDates } = await see('status', workspace.env);
    const identity = { type: 'client-credentials', from: 'DATABRICKS_CLIENT_ID' };
    const none = { failures: 0, rejections: 0, fallbacks: 0 };
    assert.deepEqual(before, { identity, isFetching: false, tokens: 0, ...none });
    assert.deepEqual(during, { identity, isFetching: true, tokens: 0, ...none });
    assert.ok(areDates, 'its moments are dates');
    const { token, ...counts } = after;
    assert.deepEqual(counts, { identity, isFetching: false, tokens: 1, ...none });
    const moments = [token.issuedAt, token.renewsAt, token.expiresAt];
    assert.deepEqual(moments, moments.toSorted());
  },

  async 'the contexts of callers'({ see, startWorkspace }) {
    const workspace = await startWorkspace({ auth: 'federation' });
    const { asked, tokens } = await see('contexts', workspace.env);
    const { token } = workspace.issuedTokens[0];
    assert.deepEqual({ asked, tokens }, { asked: ['first', 'second'], tokens: [token, token] });
    assert.deepEqual(requestsOf(workspace), { accessToken: 1, postgresToken: 1 });
  },

  async 'the context of a query'({ see, startWorkspace, postgres }) {
    for (const driver of ['pg', 'postgres']) {
      const workspace = await startWorkspace({ auth: 'federation' });
      const env = { ...workspace.env, ...postgres.env, CA: postgres.ca, DRIVER: driver };
      assert.deepEqual(await see('contextOfAQuery', env), ['query'], driver);
    }
  },

  async 'worker threads'({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    const { here, there } = await see('workers', workspace.env);
    const { token } = workspace.issuedTokens[0];
    assert.equal(here, token);
    assert.deepEqual(there, Array(4).fill({ token }));
    assert.deepEqual(requestsOf(workspace), { accessToken: 1, postgresToken: 1 });
  },

  async 'terminated worker threads'({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    workspace.answer('accessToken', { delayMs: 300 });
    const token = await see('terminated', workspace.env);
    assert.equal(token, workspace.issuedTokens[0].token);
    assert.deepEqual(requestsOf(workspace), { accessToken: 1, postgresToken: 1 });
  },

  async "a worker thread's own environment"({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    const { there, here } = await see('ownEnvironment', workspace.env);
    assert.equal(there.code, 'ERR_LAKEBASE_CONFIG_MISSING');
    assert.doesNotMatch(there.message, /DATABRICKS_HOST/);
    assert.equal(here, workspace.issuedTokens[0].token);
  },

  async 'two copies, one cache'({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    const { isAnother, tokens } = await see('copies', workspace.env);
    assert.ok(isAnother, 'the copy is a module of its own');
    const { token } = workspace.issuedTokens[0];
    assert.deepEqual(tokens, [token, token]);
    assert.deepEqual(requestsOf(workspace), { accessToken: 1, postgresToken: 1 });
  },

  async 'exit: waits for a call'({ see, startWorkspace }) {
    const workspace = await startWorkspace({ latencyMs: 300 });
    assert.equal(await see('pending', workspace.env), workspace.issuedTokens[0].token);
  },

  async 'exit: and for nothing else'({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    workspace.answer('accessToken', 'hang');
    assert.equal(await see('timeout', workspace.env), 'ERR_LAKEBASE_TIMEOUT');
  },

  async 'exit: in the middle of a flight'({ run, runtime, startWorkspace }) {
    const workspace = await startWorkspace();
    workspace.answer('accessToken', 'hang');
    const ended = await run([...runtime.run, 'program.mjs', 'exit'], workspace.env);
    assert.deepEqual(ended, { code: 7, signal: null, stdout: '', stderr: '' });
  },

  async 'testing: the emulator'({ see }) {
    const seen = await see('emulator', {});
    assert.deepEqual(seen, { isLast: true, statuses: [200, 503, null, 200, 502, 200] });
  },

  async 'testing: a reset'({ see }) {
    assert.equal(await see('reset', {}), 'ECONNRESET');
  },

  async 'lakebase-token token'({ run, runtime, startWorkspace }) {
    const workspace = await startWorkspace();
    const ended = await run([...runtime.cli, 'token'], workspace.env);
    const stdout = `${workspace.issuedTokens[0]?.token}\n`;
    assert.deepEqual(ended, { code: 0, signal: null, stdout, stderr: '' });
  },

  async 'lakebase-token exec'({ run, runtime, startWorkspace }) {
    const workspace = await startWorkspace();
    const command = ['sh', '-c', 'printf %s "$PGPASSWORD"; exit 3'];
    const ended = await run([...runtime.cli, 'exec', '--', ...command], workspace.env);
    const stdout = workspace.issuedTokens[0]?.token;
    assert.deepEqual(ended, { code: 3, signal: null, stdout, stderr: '' });
  },
};

/** How many requests of each step the workspace has seen. */
/**
 * Of what only Node lets a program see.
 * @type {Record<string, Check>}
 */
export const nodeChecks = {
  async 'the first request is not kept'({ see, startWorkspace }) {
    const workspace = await startWorkspace();
    assert.deepEqual(await see('keptContext', workspace.env), { isKept: false });
  },
};

function requestsOf({ requests }) {
  const of = (step) => requests.filter((request) => request.step === step).length;
  return { accessToken: of('accessToken'), postgresToken: of('postgresToken') };
}
