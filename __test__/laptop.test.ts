import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import {
  getLakebaseCredential,
  getLakebasePostgresToken,
  getLakebaseTokenStatus,
} from 'lakebase-token';
import type { WorkspaceEmulator } from 'lakebase-token/testing';
import { describe, expect, test, vi } from 'vitest';
import { newFolder } from './support/command_line';
import { allEnded, type Behaviour, fakeDatabricks } from './support/databricks';
import { HOME, hasSignals } from './support/platform';
import { runProgram, startProgram } from './support/programs';
import { inWorkers, startWorker } from './support/workers';
import { requestsOf, startWorkspace, useWorkspace } from './support/workspace';

/**
 * A laptop without a secret in its environment: a person has logged in to `workspace` with the Databricks CLI
 * here, whose file of profiles is `profiles`.
 */
async function laptop(
  profiles: (workspace: WorkspaceEmulator) => string = ({ url }) =>
    `[dev]\nhost = ${url}\nauth_type = databricks-cli\n`,
  behaviour: Behaviour = { version: 'current' },
) {
  const workspace = await startWorkspace({ auth: 'personal-token' });
  const home = newFolder();
  const token = workspace.env.DATABRICKS_TOKEN;
  const live = 'version' in behaviour && behaviour.version === 'current';
  const databricks = fakeDatabricks(home, live ? { ...behaviour, token } : behaviour);
  const file = path.join(home, '.databrickscfg');
  writeFileSync(file, profiles(workspace));
  const env = {
    [HOME]: home,
    PATH: databricks.folder,
    DATABRICKS_TOKEN: '',
    DATABRICKS_HOST: '',
    DATABRICKS_CONFIG_PROFILE: 'dev',
    NODE_ENV: 'test',
  };
  useWorkspace(workspace, env);
  return { workspace, databricks, home, file, token, env: { ...workspace.env, ...env } };
}

const issued = ({ issuedTokens }: WorkspaceEmulator) => issuedTokens.at(-1)?.token;

describe('a login of the Databricks CLI', () => {
  test('by its profile is all that is needed', async () => {
    const { workspace, databricks } = await laptop();
    expect(await getLakebasePostgresToken()).toBe(issued(workspace));
    expect(databricks.calls()).toEqual([['auth', 'token', '--profile', 'dev', '-o', 'json']]);
    expect(getLakebaseTokenStatus().identity).toEqual({
      type: 'databricks-cli',
      from: 'profile dev in ~/.databrickscfg',
    });
  });

  test('is that of the default profile where none is named', async () => {
    const { workspace, databricks } = await laptop(
      ({ url }) =>
        `[DEFAULT]\n\n[dev]\nhost = ${url}\nauth_type = databricks-cli\n[__settings__]\ndefault_profile = dev\n`,
    );
    vi.stubEnv('DATABRICKS_CONFIG_PROFILE', '');
    expect(await getLakebasePostgresToken()).toBe(issued(workspace));
    expect(databricks.calls()[0]).toContain('dev');
  });

  test('is that of the host where nothing else is set', async () => {
    const { workspace, databricks } = await laptop();
    useWorkspace(workspace, {
      DATABRICKS_TOKEN: '',
      DATABRICKS_CONFIG_PROFILE: '',
      PATH: databricks.folder,
    });
    expect(await getLakebasePostgresToken()).toBe(issued(workspace));
    expect(databricks.calls()).toEqual([['auth', 'token', '--host', workspace.url, '-o', 'json']]);
  });

  test('of a host of several workspaces is that of the one in its address', async () => {
    const { workspace, databricks } = await laptop();
    const host = `${workspace.url}/?o=1234567890123456`;
    useWorkspace(workspace, {
      DATABRICKS_HOST: host,
      DATABRICKS_TOKEN: '',
      DATABRICKS_CONFIG_PROFILE: '',
      PATH: databricks.folder,
    });
    expect(await getLakebasePostgresToken()).toBe(issued(workspace));
    expect(databricks.calls()[0]).toContain(host);
  });

  test('is asked once by 200 calls at once, and not again while its token lives', async () => {
    const { databricks, workspace } = await laptop();
    const tokens = await Promise.all(Array.from({ length: 200 }, () => getLakebaseCredential()));
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1);
    expect(databricks.calls()).toHaveLength(1);
    expect(requestsOf(workspace).postgresToken).toBe(1);
  });

  test('is asked once for the endpoints of several threads', async () => {
    const { databricks, env, workspace } = await laptop();
    const endpoint = (name: string) => `projects/test-project/branches/main/endpoints/${name}`;
    const ask = (name: string) =>
      inWorkers<string>(1, 'return getLakebasePostgresToken().catch(({ code }) => code);', {
        env: { ...env, LAKEBASE_ENDPOINT: endpoint(name) },
      });
    const told = await Promise.all([ask('primary'), ask('other')]);
    expect(told.flat()).toEqual([issued(workspace), 'ERR_LAKEBASE_NOT_FOUND']);
    expect(databricks.calls()).toHaveLength(1);
  });

  test('is asked of the program that the profile names', async () => {
    const { workspace, databricks, file } = await laptop();
    vi.stubEnv('PATH', '/nowhere');
    const profile = `[dev]\nhost = ${workspace.url}\nauth_type = databricks-cli\n`;
    writeFileSync(file, `${profile}databricks_cli_path = ${databricks.file}\n`);
    expect(await getLakebasePostgresToken()).toBe(issued(workspace));
    expect(databricks.calls()).toHaveLength(1);
  });

  test('is not asked in production for a host alone, which is told at once', async () => {
    const { workspace, databricks } = await laptop();
    useWorkspace(workspace, {
      DATABRICKS_TOKEN: '',
      DATABRICKS_CONFIG_PROFILE: '',
      NODE_ENV: 'production',
      PATH: databricks.folder,
    });
    await expect(getLakebasePostgresToken()).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_CONFIG_MISSING',
      message: expect.stringContaining(
        'profile "dev" of ~/.databrickscfg is for this host: DATABRICKS_CONFIG_PROFILE=dev',
      ),
    });
    expect(databricks.calls()).toEqual([]);
  });

  test('whose token the workspace refuses says how to log in again', async () => {
    const { databricks } = await laptop();
    databricks.behave({ version: 'current', token: 'another-token' });
    await expect(getLakebasePostgresToken()).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_UNAUTHENTICATED',
      message: expect.stringContaining('databricks auth login --profile dev.'),
    });
  });
});

describe('a Databricks CLI that', () => {
  test.each([
    [
      'is not logged in',
      { stderr: 'Error: databricks OAuth is not configured for this host\n', exitCode: 1 },
      false,
      'databricks auth login --profile dev',
    ],
    ['answers nonsense', { stdout: 'canary' }, false, 'holds no usable access_token'],
    [
      'answers with an empty token',
      { stdout: '{"access_token":"","canary":1}' },
      false,
      'holds no usable access_token',
    ],
    ['floods', { floods: 'stdout' }, false, 'databricks'],
    [
      'has no network',
      { stderr: 'Error: dial tcp: i/o timeout\n\ncanary\n', exitCode: 1 },
      true,
      'did not reach the workspace',
    ],
  ] as const)('%s is an error of the identity', async (_, behaviour, retryable, part) => {
    await laptop(undefined, behaviour);
    const error = await getLakebasePostgresToken().then(String, (reason) => reason);
    expect(error).toMatchObject({
      name: 'LakebaseTokenError',
      code: 'ERR_LAKEBASE_IDENTITY_UNAVAILABLE',
      retryable,
      message: expect.stringContaining(part),
    });
    expect(`${error.message} ${error.cause?.message} ${error.stack}`).not.toContain('canary');
  });

  test('says why is the cause, in one line', async () => {
    await laptop(undefined, {
      stderr:
        'Error: A new access token could not be retrieved because the refresh token is invalid\ncanary\n',
      exitCode: 1,
    });
    await expect(getLakebasePostgresToken()).rejects.toMatchObject({
      message:
        'The Databricks CLI is not logged in with profile dev: “A new access token could not be retrieved ' +
        'because the refresh token is invalid”. Run databricks auth login --profile dev.',
      cause: {
        message: 'A new access token could not be retrieved because the refresh token is invalid',
      },
    });
  });

  test('repeats secrets is not repeated', async () => {
    const { databricks } = await laptop();
    vi.stubEnv('DATABRICKS_CLIENT_SECRET', 'canary-secret-1');
    const stderr = 'Error: client_secret = canary, canary-secret-1 and doaucanary00 are refused\n';
    databricks.behave({ stderr, exitCode: 1 });
    const error = await getLakebasePostgresToken().catch((reason) => reason);
    expect(error.message).toContain('are refused');
    expect(inspect(error)).not.toContain('canary');
  });

  test('has ended is not waited for because of a program that it started', async () => {
    const { databricks, token, workspace } = await laptop();
    const expiry = new Date(Date.now() + 3_600_000).toISOString();
    databricks.behave({ stdout: JSON.stringify({ access_token: token, expiry }), leaves: true });
    expect((await getLakebaseCredential({ timeoutMs: 5_000 })).token).toBe(issued(workspace));
  });

  test('is not there is missed by the profile that needs it', async () => {
    await laptop();
    vi.stubEnv('PATH', '/nowhere');
    await expect(getLakebasePostgresToken()).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_IDENTITY_UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining('The Databricks CLI is not installed, or not on PATH'),
    });
  });

  test('is not there leaves a host alone without an identity', async () => {
    const { workspace } = await laptop();
    useWorkspace(workspace, {
      DATABRICKS_TOKEN: '',
      DATABRICKS_CONFIG_PROFILE: '',
      PATH: '/nowhere',
    });
    const error = await getLakebasePostgresToken().then(String, (reason) => reason);
    expect(error).toMatchObject({ code: 'ERR_LAKEBASE_CONFIG_MISSING', retryable: false });
    for (const way of ['DATABRICKS_TOKEN', 'DATABRICKS_CLIENT_ID', 'DATABRICKS_CONFIG_PROFILE'])
      expect(error.message).toContain(way);
    expect(error.message).toContain('the Databricks CLI is not installed');
  });

  test('hangs does not hold a caller longer than its patience', async () => {
    await laptop(undefined, { hangs: true });
    await expect(getLakebaseCredential({ timeoutMs: 300 })).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_TIMEOUT',
      retryable: true,
      message: expect.stringContaining('databricks auth token --profile dev'),
    });
  });

  test('hangs ends with the process', async () => {
    const { databricks, env } = await laptop(undefined, { hangs: true });
    const ended = await runProgram(
      `import { getLakebaseCredential } from 'lakebase-token';
      const late = await getLakebaseCredential({ timeoutMs: 3_000 }).catch(({ code }) => code);
      console.log(late);`,
      env,
    );
    expect(ended).toMatchObject({ code: 0, stdout: 'ERR_LAKEBASE_TIMEOUT\n', stderr: '' });
    await allEnded(databricks);
  });

  test('runs for a worker thread ends with it, and another thread asks again', async () => {
    const { databricks, env, token, workspace } = await laptop(undefined, { hangs: 'deaf' });
    const worker = startWorker('getLakebasePostgresToken().catch(() => {});', { env });
    await expect.poll(() => databricks.calls().length, { timeout: 20_000 }).toBe(1);
    const waiting = getLakebaseCredential({ timeoutMs: 30_000 });
    databricks.behave({ version: 'current', token });
    await worker.terminate();
    // On Windows it goes with this process: a number there may be another's already.
    if (hasSignals) await allEnded(databricks);
    expect((await waiting).token).toBe(issued(workspace));
    expect(databricks.calls()).toHaveLength(2);
  });
});

test('a token that a caller still waits for keeps a process alive, and nothing else does', async () => {
  const { env, workspace } = await laptop();
  const program = startProgram(
    `import { getLakebasePostgresToken } from 'lakebase-token';
    getLakebasePostgresToken().then((token) => console.log(token.length));`,
    env,
  );
  const { code, stdout } = await program.ended;
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${issued(workspace)?.length}\n` });
});

describe('a profile', () => {
  test('with a token needs no CLI', async () => {
    const { workspace, databricks } = await laptop(
      ({ url, env }) => `[dev]\nhost = ${url}\ntoken = ${env.DATABRICKS_TOKEN}\n`,
    );
    expect(await getLakebasePostgresToken()).toBe(issued(workspace));
    expect(databricks.calls()).toEqual([]);
    expect(getLakebaseTokenStatus().identity).toEqual({
      type: 'personal-token',
      from: 'token of profile dev in ~/.databrickscfg',
    });
  });

  test('is read anew where its token was replaced', async () => {
    const { workspace, file } = await laptop(({ url }) => `[dev]\nhost = ${url}\ntoken = old\n`);
    await expect(getLakebasePostgresToken()).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_UNAUTHENTICATED',
      message: expect.stringContaining('Renew token of profile dev in ~/.databrickscfg'),
    });
    writeFileSync(
      file,
      `[dev]\nhost = ${workspace.url}\ntoken = ${workspace.env.DATABRICKS_TOKEN}\n`,
    );
    expect(await getLakebasePostgresToken()).toBe(issued(workspace));
  });

  test('is read only where a token is to be obtained', async () => {
    const { workspace, file } = await laptop(
      ({ url, env }) => `[dev]\nhost = ${url}\ntoken = ${env.DATABRICKS_TOKEN}\n`,
    );
    const { token } = await getLakebaseCredential();
    rmSync(file);
    expect((await getLakebaseCredential()).token).toBe(token);
    vi.stubEnv('DATABRICKS_CONFIG_PROFILE', 'other');
    await expect(getLakebaseCredential()).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_CONFIG_INVALID',
      message: expect.stringContaining('there is no file ~/.databrickscfg'),
    });
    expect(workspace.issuedTokens).toHaveLength(1);
  });

  test('that cannot be read is told by its line', async () => {
    await laptop(() => '[dev]\nhost = h\n  canary\n');
    await expect(getLakebasePostgresToken()).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_CONFIG_INVALID',
      message:
        'line 3 of ~/.databrickscfg cannot be read: it has neither = nor :. Correct line 3 of ~/.databrickscfg.',
    });
  });

  test('of a file that is a folder is told', async () => {
    const { home } = await laptop();
    mkdirSync(path.join(home, 'folder'));
    vi.stubEnv('DATABRICKS_CONFIG_FILE', '~/folder');
    await expect(getLakebasePostgresToken()).rejects.toMatchObject({
      code: 'ERR_LAKEBASE_CONFIG_INVALID',
      message: expect.stringContaining('~/folder is no regular file'),
    });
  });
});

test('no error and no status shows what a profile keeps', async () => {
  await laptop(
    () => '[dev]\nhost = http://localhost:1\nclient_id = id\nclient_secret = canary-secret\n',
  );
  const shown = (value: unknown) => inspect(value, { depth: 9, showHidden: true });
  const error = await getLakebaseCredential({ timeoutMs: 100 }).catch((reason) => reason);
  const status = getLakebaseTokenStatus();
  expect(shown(error)).toContain('ERR_LAKEBASE');
  expect(status.identity?.from).toBe('client_id of profile dev in ~/.databrickscfg');
  expect(`${shown(error)} ${shown(status)}`).not.toContain('canary');
});
