import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { inspect } from 'node:util';
import {
  createLakebaseTokens,
  getLakebasePostgresToken,
  getLakebaseTokenStatus,
} from 'lakebase-token';
import type { EmulatorOptions } from 'lakebase-token/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { newFolder, run } from './support/command_line';
import { hasFileModes } from './support/platform';
import { requestsOf, startWorkspace, useWorkspace } from './support/workspace';

/** A workspace that takes ID tokens, on a platform that has them. */
async function startOn(platform: Record<string, string>, options: EmulatorOptions = {}) {
  const workspace = await startWorkspace({ auth: 'federation', ...options });
  useWorkspace(workspace, { DATABRICKS_OIDC_TOKEN: '', ...platform });
  return workspace;
}

async function rejection() {
  return getLakebasePostgresToken().then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe('on Vercel', () => {
  const CONTEXT = Symbol.for('@vercel/request-context');

  /** What `@vercel/oidc` 4 reads. */
  function serve(token?: string) {
    const headers = token === undefined ? {} : { 'x-vercel-oidc-token': token };
    Reflect.set(globalThis, CONTEXT, { get: () => ({ headers }) });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, CONTEXT));
  }

  test('the ID token of the request is exchanged', async () => {
    const workspace = await startOn({ VERCEL: '1' });
    serve(workspace.issueIdToken());
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
    expect(getLakebaseTokenStatus().identity).toEqual({
      type: 'federation',
      from: 'DATABRICKS_CLIENT_ID',
    });
    serve();
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
    expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
  });

  test('there is none outside of a request, which is nobody’s pause', async () => {
    const workspace = await startOn({ VERCEL: '1' });
    expect(await rejection()).toMatchObject({
      code: 'ERR_LAKEBASE_IDENTITY_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('x-vercel-oidc-token'),
    });
    serve(workspace.issueIdToken());
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  });

  test.each(['variable', 'file'])('it is in a %s where there is no request', async (place) => {
    const workspace = await startOn({ VERCEL_OIDC_TOKEN: 'x' });
    const [token, file] = [workspace.issueIdToken(), path.join(newFolder(), 'token')];
    writeFileSync(file, `${token}\n`);
    vi.stubEnv('VERCEL_OIDC_TOKEN', place === 'variable' ? token : '');
    vi.stubEnv('VERCEL_OIDC_TOKEN_FILE', place === 'file' ? file : '');
    serve();
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  });

  test('a provider of another endpoint has it too, and shares with a function of the client id', async () => {
    const workspace = await startOn({ VERCEL: '1' });
    const token = workspace.issueIdToken();
    serve(token);
    const clientId = String(workspace.env.DATABRICKS_CLIENT_ID);
    const byFunction = createLakebaseTokens({ identity: { clientId, idToken: () => token } });
    const endpoint = String(workspace.env.LAKEBASE_ENDPOINT);
    const tokens = [byFunction, createLakebaseTokens({ endpoint })].map((all) => all.getToken());
    expect(new Set(await Promise.all(tokens)).size).toBe(1);
  });

  test('a context of somebody else’s harms nothing', async () => {
    await startOn({ VERCEL: '1' });
    const spaces = { headers: { 'x-vercel-oidc-token': '  ' } };
    const contexts = [null, 1, {}, { get: () => null }, { get: () => ({ headers: 1 }) }];
    for (const context of [...contexts, { get: () => spaces }]) {
      Reflect.set(globalThis, CONTEXT, context);
      expect(await rejection()).toMatchObject({
        code: 'ERR_LAKEBASE_IDENTITY_UNAVAILABLE',
        retryable: true,
        message: expect.stringContaining('There is no request that Vercel gave an ID token'),
      });
    }
    const get = () => {
      throw new Error('not yours');
    };
    Object.defineProperty(globalThis, CONTEXT, { get, configurable: true });
    expect(await rejection()).toMatchObject({
      message: expect.stringContaining('There is no request that Vercel gave an ID token'),
    });
    Reflect.deleteProperty(globalThis, CONTEXT);
  });

  test.runIf(hasFileModes)('a file that is none is not waited for', async () => {
    await startOn({ VERCEL: '1' });
    const pipe = path.join(newFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    vi.stubEnv('VERCEL_OIDC_TOKEN_FILE', pipe);
    expect((await rejection()).message).toContain('in the file of VERCEL_OIDC_TOKEN_FILE');
  });

  test('an ID token that cannot be one is told with where it was', async () => {
    await startOn({ VERCEL: '1' });
    serve('two words');
    expect((await rejection()).message).toBe(
      "An ID token of Vercel's request is one with unusable characters. Check what Vercel's request gives.",
    );
  });

  test('verify shows the one of the variable, and says where the others are', async () => {
    const workspace = await startOn({});
    const of = async (platform: Record<string, string>) => {
      const env = { ...workspace.env, DATABRICKS_OIDC_TOKEN: '', ...platform };
      const { stdout } = await run(['verify', '--json'], { cwd: newFolder(), env });
      const { steps } = JSON.parse(stdout) as { steps: { name: string; detail: string }[] };
      return steps.find(({ name }) => name === 'identity')?.detail;
    };
    const token = workspace.issueIdToken();
    expect(await of({ VERCEL_OIDC_TOKEN: token })).toMatch(/“workload-1”.*: VERCEL_OIDC_TOKEN$/);
    expect(await of({ VERCEL: '1' })).toContain('gives its ID tokens to requests');
  });
});

describe('in a job of GitHub Actions', () => {
  /** With what the job is given. */
  async function startJob(options?: EmulatorOptions, changes: Record<string, string> = {}) {
    const workspace = await startOn({}, options);
    for (const [name, value] of Object.entries({ ...workspace.githubActions, ...changes })) {
      vi.stubEnv(name, value);
    }
    return workspace;
  }

  const POLICY = {
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'repo:org/app:ref:refs/heads/main',
  };

  test('the issuer is asked for an ID token for the workspace, which is exchanged', async () => {
    const workspace = await startJob();
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
    const exchange = workspace.requests.find(({ step }) => step === 'accessToken');
    expect(exchange?.idTokenClaims).toMatchObject({
      iss: POLICY.issuer,
      aud: `${workspace.url}/oidc/v1/token`,
    });
  });

  test('it is for another audience where that is set', async () => {
    const audiences = ['somebody & others'];
    const federation = { ...POLICY, audiences };
    const workspace = await startJob({ federation });
    vi.stubEnv('DATABRICKS_CLIENT_ID', 'any-client');
    vi.stubEnv('DATABRICKS_TOKEN_AUDIENCE', audiences[0] ?? '');
    await getLakebasePostgresToken().catch(() => {});
    const exchange = workspace.requests.find(({ step }) => step === 'accessToken');
    expect(exchange?.idTokenClaims?.aud).toBe(audiences[0]);
  });

  test('a job without the permission is told so', async () => {
    const workspace = await startJob({}, { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'wrong-request-token' });
    const error = await rejection();
    expect(error).toMatchObject({
      code: 'ERR_LAKEBASE_IDENTITY_UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/^GitHub Actions gives no ID token: .*id-token: write/),
    });
    expect(inspect(error)).not.toContain('wrong-request-token');
    expect(requestsOf(workspace).accessToken).toBe(0);
  });

  test.each<[string, number, Record<string, string>, string, string]>([
    ['nothing there', 404, {}, '', 'Check that ACTIONS_ID_TOKEN_REQUEST_URL is what GitHub gave'],
    ['a redirect', 302, { location: '/login' }, '', 'is what GitHub gave the job.'],
    ['a page', 200, { 'content-type': 'text/html' }, '<html>', 'is what GitHub gave the job.'],
    ['other JSON', 200, {}, '{"count":1}', 'is what GitHub gave the job.'],
    ['no end', 200, {}, 'x'.repeat(2 ** 21), 'is what GitHub gave the job.'],
    ['an outage', 503, {}, '', 'look at https://www.githubstatus.com.'],
  ])('an issuer that answers with %s is no workspace', async (_, status, headers, body, advice) => {
    const server = createServer((_, response) => response.writeHead(status, headers).end(body));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    await startJob({}, { ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/?a=b` });
    const { message } = await rejection();
    expect(message).toMatch(/^GitHub Actions gives no ID token: /);
    expect(message).toContain(advice);
    expect(message).not.toMatch(/workspace|Databricks/);
  });

  test.each([
    ['nonsense', 'ACTIONS_ID_TOKEN_REQUEST_URL is not'],
    ['http://issuer.test/x', 'ACTIONS_ID_TOKEN_REQUEST_URL is a plain http: URL'],
  ])('an address of the issuer that is none is told: %s', async (url, part) => {
    await startJob({}, { ACTIONS_ID_TOKEN_REQUEST_URL: url });
    expect(await rejection()).toMatchObject({
      code: 'ERR_LAKEBASE_CONFIG_INVALID',
      message: expect.stringContaining(part),
    });
  });

  test('verify names it', async () => {
    const workspace = await startJob();
    const env = { ...workspace.env, DATABRICKS_OIDC_TOKEN: '', ...workspace.githubActions };
    const { stdout } = await run(['verify', '--json'], { cwd: newFolder(), env });
    expect(stdout).toContain(
      'ID tokens of this job of GitHub Actions: ACTIONS_ID_TOKEN_REQUEST_URL',
    );
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
    expect(stdout).not.toContain(workspace.githubActions.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
  });
});
