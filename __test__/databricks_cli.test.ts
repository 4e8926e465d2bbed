// How the Databricks CLI is asked for an access token, with a program of that name which behaves as versions of it do.
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readAnswer } from '../js/databricks_cli/answer.js';
import { cliProgram } from '../js/databricks_cli/program.js';
import { accessToken } from '../js/databricks_cli.js';
import { newFolder, surroundings } from './support/command_line';
import { allEnded, type Behaviour, fakeDatabricks, isRunning } from './support/databricks';
import { hasFileModes, hasLinks, isWindows } from './support/platform';
import { runProgram } from './support/programs';

type Failure = Error & { what: string; advice: string; retryable: boolean; said?: string };
type Ended = Parameters<typeof readAnswer>[0];

const NO_CACHE =
  'Error: cache: databricks OAuth is not configured for this host.\n\nTo reauthen…\n';
const WARNING =
  'Warn: [hostmetadata] failed to fetch host metadata for https://a.test, will skip for 1m0s\n';
const TOKEN = JSON.stringify({ access_token: 'token-1', token_type: 'Bearer', odd: [1] });

/** A Databricks CLI, and an environment that has it on PATH. */
function databricks(behaviour: Behaviour = { version: 'current' }) {
  const fake = fakeDatabricks(newFolder(), behaviour);
  const env: Record<string, string | undefined> = { ...surroundings(), PATH: fake.folder };
  const ask = (options: Partial<Parameters<typeof accessToken>[0]> = {}) =>
    accessToken({ profile: 'dev', env, ...options });
  return { ...fake, env, ask, failure: (options = {}) => failureOf(ask(options)) };
}

async function failureOf(asked: Promise<unknown>): Promise<Failure> {
  return asked.then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe('the CLI', () => {
  test('is asked by profile', async () => {
    const { ask, calls } = databricks();
    const { token, expiresAt, ...rest } = await ask({ profile: 'a; rm -rf $HOME' });
    expect({ token, rest }).toEqual({ token: 'token-1', rest: {} });
    expect(expiresAt?.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
    expect(calls()).toEqual([['auth', 'token', '--profile', 'a; rm -rf $HOME', '-o', 'json']]);
  });

  test('is asked by host, whatever profile the environment names', async () => {
    const { calls, env, runs } = databricks();
    env.DATABRICKS_CONFIG_PROFILE = 'of-another-workspace';
    await accessToken({ host: 'https://a.test', env });
    await accessToken({ profile: 'dev', env });
    expect(calls()).toEqual([
      ['auth', 'token', '--host', 'https://a.test', '-o', 'json'],
      ['auth', 'token', '--profile', 'dev', '-o', 'json'],
    ]);
    expect(runs().map(({ profile }) => profile)).toEqual([undefined, 'of-another-workspace']);
  });

  test('is never asked by both, nor by neither', async () => {
    const { ask, env, calls } = databricks();
    await expect(ask({ host: 'https://a.test' })).rejects.toThrow(TypeError);
    await expect(accessToken({ env })).rejects.toThrow(TypeError);
    expect(calls()).toEqual([]);
  });

  test('is asked once by several who ask the same at once', async () => {
    const { ask, calls } = databricks({ version: 'current', cachedLifeMs: 60_000 });
    await Promise.all([ask(), ask(), ask({ profile: 'other' }), ask()]);
    // A token that lives for a while is given while its renewal goes on.
    await vi.waitFor(() => expect(calls()).toHaveLength(4), 20_000);
    const forced = calls().filter((line) => line.includes('--force-refresh'));
    expect(forced.map((line) => line[3]).sort()).toEqual(['dev', 'other']);
  });

  test('may warn and end well', async () => {
    const { ask } = databricks({ stdout: TOKEN, stderr: WARNING });
    expect(await ask()).toEqual({ token: 'token-1', expiresAt: undefined });
  });

  test('that met another process at the keychain is asked once more', async () => {
    const race = { stderr: 'Error: cache update: exit status 45\n', exitCode: 1 };
    const lucky = databricks({ stdout: TOKEN, first: race });
    expect(await lucky.ask()).toMatchObject({ token: 'token-1' });
    expect(lucky.calls()).toHaveLength(2);

    const unlucky = databricks(race);
    expect(await unlucky.failure()).toMatchObject({ retryable: true, said: expect.any(String) });
    expect(unlucky.calls()).toHaveLength(2);
  });

  test('whose caller leaves goes on, and the next caller joins it', async () => {
    const { ask, runs } = databricks({ hangs: true });
    const end = new AbortController();
    const left = failureOf(ask({ signal: end.signal, limitMs: 6_000 }));
    await vi.waitUntil(() => runs().length > 0, { timeout: 10_000 });
    end.abort(new Error('left'));
    expect((await left).message).toBe('left');
    expect(isRunning(Number(runs()[0]?.pid))).toBe(true);
    expect(await failureOf(ask())).toMatchObject({ retryable: true });
    expect(runs()).toHaveLength(1);
    await expect(ask({ signal: end.signal })).rejects.toThrow('left');
    expect(runs()).toHaveLength(1);
  });
});

describe('a token with little life left', () => {
  const dying = { version: 'current', cachedLifeMs: 60_000 } as const;

  test('is renewed', async () => {
    const { ask, calls } = databricks(dying);
    expect(await ask()).toMatchObject({ token: 'token-2' });
    expect(calls().map((line) => line.slice(6))).toEqual([[], ['--force-refresh']]);
  });

  test('is taken as it is from a CLI that cannot be told to renew it', async () => {
    const { ask } = databricks({ ...dying, version: '0.250' });
    expect(await ask()).toEqual({ token: 'token-1', expiresAt: expect.any(Date) });
  });

  test('is taken with the reason why it was not renewed', async () => {
    const { ask } = databricks({ ...dying, forced: { stderr: 'Error: odd\n', exitCode: 1 } });
    expect(await ask()).toMatchObject({ token: 'token-1', notRenewed: { said: 'odd' } });
  });

  test('is given while its renewal goes on to its own limit', async () => {
    const { ask, runs, ...fake } = databricks({ ...dying, forced: { hangs: true } });
    const first = await ask({ graceMs: 10, limitMs: 6_000 });
    expect(first).toEqual({ token: 'token-1', expiresAt: expect.any(Date) });
    await vi.waitUntil(() => runs().length > 1, { timeout: 10_000 });
    expect(await ask({ graceMs: 10 })).toEqual(first);
    expect(runs()).toHaveLength(2);
    expect(isRunning(Number(runs()[1]?.pid))).toBe(true);
    await allEnded({ runs });
    const again = () => ask({ graceMs: 10, limitMs: 6_000 });
    await vi.waitUntil(async () => (await again()) && fake.calls().length > 2, { timeout: 10_000 });
  });

  test.each([70_000, Number.POSITIVE_INFINITY])(
    'is not given before that if it has less than %i ms',
    async (enoughMs) => {
      const { ask } = databricks({ ...dying, forced: { hangs: true } });
      const given = await ask({ enoughMs, graceMs: 10, limitMs: 6_000 });
      expect(given).toMatchObject({ token: 'token-1', notRenewed: { retryable: true } });
    },
  );
});

describe('no process is left behind by', () => {
  test.each([true, 'deaf'] as const)('a limit that is over, when it hangs: %s', async (hangs) => {
    const fake = databricks({ stdout: TOKEN, hangs });
    const { message, retryable } = await fake.failure({ limitMs: 6_000 });
    expect(message).toBe(
      'The Databricks CLI gave no answer within 6 s. Run databricks auth token --profile dev and see what it waits for.',
    );
    expect(retryable).toBe(true);
    expect(fake.runs()).toHaveLength(1);
    expect(isRunning(Number(fake.runs()[0]?.pid))).toBe(false);
  });

  test.each(['stdout', 'stderr'] as const)('a flood of %s', async (floods) => {
    const fake = databricks({ floods });
    const { message, retryable } = await fake.failure();
    expect(message).toContain(`printed more to ${floods} than any answer has`);
    expect(message).not.toContain('canary');
    expect(retryable).toBe(false);
    await allEnded(fake);
  });

  const asking = (fake: ReturnType<typeof databricks>, options = '') => ({
    env: { PATH: fake.folder },
    source: `
      import { existsSync } from 'node:fs';
      import cli from './js/databricks_cli.js';
      const asked = cli.accessToken({ profile: 'dev', ${options} });
      const hasBegun = () => existsSync(${JSON.stringify(path.join(fake.folder, 'calls'))});
    `,
  });

  test('the exit of this process', async () => {
    const fake = databricks({ hangs: 'deaf' });
    const { env, source } = asking(fake);
    const wait = 'setInterval(() => { if (hasBegun()) process.exit(3); }, 20);';
    expect(await runProgram(source + wait, env)).toMatchObject({ code: 3, stderr: '' });
    expect(fake.runs()).toHaveLength(1);
    await allEnded(fake);
  });

  test('the end of this process, which it does not keep alive', async () => {
    const fake = databricks({ hangs: 'deaf' });
    const { env, source } = asking(fake);
    const wait = 'const timer = setInterval(() => { if (hasBegun()) clearInterval(timer); }, 20);';
    expect(await runProgram(source + wait, env)).toMatchObject({ code: 0, stderr: '' });
    expect(fake.runs()).toHaveLength(1);
    await allEnded(fake);
  });

  test('the end of a worker thread', async () => {
    const fake = databricks({ hangs: 'deaf' });
    const source = `
      require('./js/databricks_cli.js').accessToken({ profile: 'dev' });
      require('node:worker_threads').parentPort.once('message', () => process.exit());
    `;
    const worker = new Worker(source, { eval: true, execArgv: [], env: { PATH: fake.folder } });
    const over = once(worker, 'exit');
    await vi.waitUntil(() => fake.calls().length > 0, { timeout: 10_000 });
    worker.postMessage('end');
    await over;
    await allEnded(fake);
  });

  test('and a caller who says so keeps this process alive until the answer', async () => {
    const fake = databricks({ version: 'current', cachedLifeMs: 60_000 });
    const { env, source } = asking(fake, 'keepsAlive: true');
    const ended = await runProgram(`${source} console.log((await asked).token);`, env);
    expect(ended).toMatchObject({ code: 0, stdout: 'token-2\n' });
  });
});

test('many runs at once have one listener, which goes with the last of them', async () => {
  const { ask } = databricks({ stdout: TOKEN });
  const listeners = process.listenerCount('exit');
  const asked = Array.from({ length: 12 }, (_, number) => ask({ profile: `p${number}` }));
  expect(process.listenerCount('exit')).toBe(listeners + 1);
  await Promise.all(asked);
  expect(process.listenerCount('exit')).toBe(listeners);
});

describe('the program', () => {
  const folderWith = (name = 'databricks', mode = 0o755) => {
    const folder = newFolder();
    writeFileSync(path.join(folder, name), '', { mode });
    return folder;
  };

  test('is the one that DATABRICKS_CLI_PATH names', async () => {
    const named = databricks({ stdout: TOKEN });
    const { env, ask, calls } = databricks();
    env.DATABRICKS_CLI_PATH = named.file;
    if (hasLinks) {
      env.DATABRICKS_CLI_PATH = path.join(named.folder, 'other');
      symlinkSync(named.file, env.DATABRICKS_CLI_PATH);
    }
    await ask();
    expect(named.calls()).toHaveLength(1);
    expect(calls()).toEqual([]);
    env.DATABRICKS_CLI_PATH = '';
    await ask();
    expect(calls()).toHaveLength(1);
  });

  test.each([
    ['bin/databricks', 'which is not an absolute path'],
    ['~/databricks', 'which is not an absolute path'],
    ['/nowhere/databricks', 'where there is no program'],
    ['/', 'where there is no program'],
    ...(hasFileModes ? [[__filename, 'which is not executable']] : []),
  ])('is not looked for elsewhere if that is %j', async (named, fault) => {
    const { env, failure, calls } = databricks();
    env.DATABRICKS_CLI_PATH = named;
    const { message, retryable } = await failure();
    expect(message).toBe(
      `DATABRICKS_CLI_PATH is ${named}, ${fault}. Set it to the Databricks CLI's absolute path, or unset it to have PATH searched.`,
    );
    expect(retryable).toBe(false);
    expect(calls()).toEqual([]);
  });

  test('is none of the current folder, nor of a relative one', () => {
    const [cwd, later] = [folderWith(), folderWith()];
    mkdirSync(path.join(cwd, 'bin'));
    writeFileSync(path.join(cwd, 'bin/databricks'), '', { mode: 0o755 });
    const before = process.cwd();
    process.chdir(cwd);
    onTestFinished(() => process.chdir(before));
    const PATH = ['', '.', 'bin', './bin', later].join(path.delimiter);
    expect(cliProgram({ PATH }, 'linux', [])).toEqual({ file: path.join(later, 'databricks') });
    expect(cliProgram({ PATH: '.:bin' }, 'linux', ['bin'])).toEqual({ code: 'ENOENT' });
    expect(cliProgram({}, 'linux', [])).toEqual({ code: 'ENOENT' });
  });

  test.runIf(hasFileModes)('is looked for on PATH, then where it commonly is', () => {
    const [first, second] = [folderWith(), folderWith()];
    const file = (folder: string) => ({ file: path.join(folder, 'databricks') });
    expect(cliProgram({ PATH: first }, 'darwin', [second])).toEqual(file(first));
    expect(cliProgram({ PATH: newFolder() }, 'darwin', [second])).toEqual(file(second));
    const PATH = folderWith('databricks', 0o644);
    expect(cliProgram({ PATH }, 'darwin', [second])).toEqual(file(second));
    expect(cliProgram({ PATH }, 'darwin', [])).toEqual({ code: 'EACCES' });
  });

  test('is databricks.exe on PATH alone on Windows, however that is spelled', () => {
    const [shim, exe] = [folderWith('databricks.cmd'), folderWith('databricks.exe')];
    expect(cliProgram({ Path: shim }, 'win32', [exe])).toEqual({ code: 'ENOENT' });
    const file = path.join(exe, 'databricks.exe');
    expect(cliProgram({ Path: exe }, 'win32', [])).toEqual({ file });
  });

  test('that cannot be started is explained', async () => {
    const { file, failure } = databricks();
    writeFileSync(file, '#!/nowhere/interpreter\n');
    const code = isWindows ? 'EFTYPE' : 'ENOENT';
    expect((await failure()).message).toBe(
      `The Databricks CLI could not be started: ${code}. Check the program called databricks on PATH.`,
    );
  });

  const flag = ['--permission', '--experimental-permission'].find((name) =>
    process.allowedNodeEnvironmentFlags.has(name),
  );
  test('that may not be started is explained', async () => {
    const { folder, calls } = databricks();
    const source = `
      import cli from './js/databricks_cli.js';
      await cli.accessToken({ profile: 'dev' }).catch(({ message }) => console.log(message));
    `;
    const flags = [String(flag), '--allow-fs-read=*'];
    const { stdout } = await runProgram(source, { PATH: folder }, flags);
    expect(stdout).toMatch(
      /^This process may not start the Databricks CLI\. .*--allow-child-process/,
    );
    expect(calls()).toEqual([]);
  });
});

test('an environment that may not be read is a failure too', async () => {
  const refuse = () => {
    throw Object.assign(new Error('Requires env access'), { name: 'NotCapable' });
  };
  const env = new Proxy({}, { get: refuse, ownKeys: refuse });
  const { what } = await failureOf(accessToken({ profile: 'dev', env }));
  expect(what).toBe('This process may not start the Databricks CLI');
});

/** What the CLI printed, as the end of a run. */
function exited(exitCode: number | null, stderr: string, stdout = ''): Ended {
  return { kind: 'exited', exitCode, stderr, stdout };
}

function failureFor(ended: Ended, whom: Parameters<typeof readAnswer>[1] = { profile: 'dev' }) {
  try {
    readAnswer(ended, whom, new Date());
  } catch (error) {
    return error as Failure & { isUnknownFlag?: boolean };
  }
  return expect.unreachable();
}

const LOGIN = 'Run databricks auth login --profile dev.';
const NOT_LOGGED_IN = 'The Databricks CLI is not logged in with profile dev';
const INVALID =
  'A new access token could not be retrieved because the refresh token is invalid. To reauthenticate, run the following command:';
const TRAILER = '\n\nTo reauthenticate, run the following command:\n\n  $ databricks auth login\n';
const SEVERAL = 'dev and twin match https://a.test in /home/me/.databrickscfg. Use --profile to';

describe('what the CLI says', () => {
  test.each<[string, string, string]>([
    [NO_CACHE, NOT_LOGGED_IN, LOGIN],
    [`Error: no cached credentials${TRAILER}`, NOT_LOGGED_IN, LOGIN],
    [
      'Error: stored credentials from older CLI versions are no longer used; run …',
      NOT_LOGGED_IN,
      LOGIN,
    ],
    [`Error: ${INVALID}\n  $ databricks auth login --profile dev\n`, NOT_LOGGED_IN, LOGIN],
    [`Error: cached token has no refresh token${TRAILER}`, NOT_LOGGED_IN, LOGIN],
    ['Error: try `databricks auth login`', NOT_LOGGED_IN, LOGIN],
    [
      'Error: profile "dev" uses M2M authentication (client_id/client_secret). …',
      "Profile dev is a service principal's, for which the Databricks CLI gives no token",
      'Set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET; or take auth_type out of the profile, and lakebase-token reads client_id and client_secret of it itself.',
    ],
    [
      'Error: no profile specified. Use --profile <name> to specify which profile to use',
      'The Databricks CLI was not told which profile to use',
      'Name one with DATABRICKS_CONFIG_PROFILE.',
    ],
    [
      "Error: no profiles configured. Run 'databricks auth login' to create a profile",
      'The Databricks CLI has no profiles',
      'Run databricks auth login --profile dev --host <workspace URL>.',
    ],
    [
      'Error: /home/me/.databrickscfg has no dev profile configured',
      'The Databricks CLI has no profile dev',
      'Run databricks auth profiles to see which there are, or make it: databricks auth login --profile dev --host <workspace URL>.',
    ],
    [
      'Error: the command is being run in a non-interactive environment, please specify a host using --host',
      'The Databricks CLI knows no host for profile dev',
      'Name another profile with DATABRICKS_CONFIG_PROFILE, or run databricks auth login --profile dev --host <workspace URL>.',
    ],
    [
      'Error: --profile "dev" has host "https://a.test", which conflicts with --host "https://b.test"',
      'The Databricks CLI was told a profile and a host that are of different workspaces',
      'Unset DATABRICKS_HOST and DATABRICKS_CONFIG_PROFILE, or let them name the same one.',
    ],
    ...['OS keyring unreachable: no bus', 'keyring get timed out after 3s'].map(
      (text): [string, string, string] => [
        `Error: cache: ${text}${TRAILER}`,
        "The Databricks CLI does not reach this system's keyring, where it keeps its logins",
        'Set DATABRICKS_AUTH_STORAGE=plaintext, and with it run databricks auth login --profile dev.',
      ],
    ),
    ...['--force-refresh', '--profile'].map((flag): [string, string, string] => [
      `Error: unknown flag: ${flag}`,
      'The Databricks CLI here is too old: it does not know an option',
      'Install version 0.296 or later (https://docs.databricks.com/dev-tools/cli/install).',
    ]),
    ...[
      "Usage: databricks [OPTIONS] COMMAND\n\nError: No such command 'auth'.",
      'Error: unknown command "auth" for "databricks"',
    ].map((text): [string, string, string] => [
      text,
      'The Databricks CLI here is too old, or the Python one of the same name',
      'Install version 0.205 or later (https://docs.databricks.com/dev-tools/cli/install).',
    ]),
    [
      'odd',
      'The Databricks CLI ended with 1',
      'Run databricks auth token --profile dev to see more.',
    ],
  ])('%j is told, and to be mended by a person', (stderr, what, advice) => {
    const failure = failureFor(exited(1, stderr));
    const told = { what: failure.what, advice: failure.advice, retryable: failure.retryable };
    expect(told).toEqual({ what, advice, retryable: false });
    expect(failure.message).toBe(`${what}: “${failure.said}”. ${advice}`);
    expect(failureFor(exited(1, WARNING + stderr)).what).toBe(what);
  });

  test.each<[string, string, string]>([
    [
      'Error: cache update: exit status 45',
      'The Databricks CLI did not get to the macOS keychain, which another program was using',
      'Try again.',
    ],
    ...[
      'Post "https://a.test/oidc/v1/token": dial tcp: lookup a.test: no such host',
      'Post "https://a.test/oidc/v1/token": net/http: TLS handshake timeout',
      'read tcp 10.0.0.1:1: i/o timeout',
    ].map((text): [string, string, string] => [
      `Error: ${text}.${TRAILER}`,
      'The Databricks CLI did not reach the workspace to renew its login for profile dev',
      'Check the network and the proxy; databricks auth token --profile dev does the same.',
    ]),
    ...[
      'token refresh: Temporarily throttled (error code: invalid_request). Try logging in again with `databricks auth login --profile dev`',
      'forced token refresh:  (error code: ). Try logging in again with `databricks auth login --profile dev`',
      'token refresh: oauth2: cannot parse json: EOF. Try logging in again with `databricks auth login`',
    ].map((text): [string, string, string] => [
      `Error: ${text}`,
      'The Databricks CLI could not renew its login for profile dev',
      'Try again; if it lasts, see what databricks auth token --profile dev says.',
    ]),
  ])('%j is told, and may mend itself', (stderr, what, advice) => {
    expect(failureFor(exited(1, stderr))).toMatchObject({ what, advice, retryable: true });
  });

  test('of a renewal is repeated without the advice that follows every one', () => {
    const text =
      'Error: token refresh: throttled. Try logging in again with `databricks auth login`';
    expect(failureFor(exited(1, text)).said).toBe('token refresh: throttled');
  });

  test('of a certificate that is not trusted is none of the login', () => {
    const text =
      'token refresh: x509: certificate signed by unknown authority. Try logging in again';
    const { what, retryable } = failureFor(exited(1, `Error: ${text}`));
    expect(what).toBe(
      'The Databricks CLI does not trust the certificate that it met for profile dev',
    );
    expect(retryable).toBe(false);
  });

  test.each(['UNAUTHENTICATED', 'INVALID_REFRESH_TOKEN'])('in JSON is told: %s', (error_code) => {
    const said = JSON.stringify({ error_code, message: 'odd\ncanary' });
    for (const ended of [exited(1, 'Error: text', said), exited(1, said)]) {
      expect(failureFor(ended)).toMatchObject({ what: NOT_LOGGED_IN, advice: LOGIN, said: 'odd' });
    }
  });

  test.each<[string, string, string]>([
    [
      NO_CACHE,
      'The Databricks CLI is not logged in for https://a.test',
      'Run databricks auth login --host https://a.test.',
    ],
    [
      `Error: ${SEVERAL}`,
      'The Databricks CLI has several profiles for https://a.test',
      'Name one with DATABRICKS_CONFIG_PROFILE.',
    ],
    [
      'Error: multiple profiles matched: dev, twin: please set DATABRICKS_CONFIG_PROFILE',
      'The Databricks CLI has several profiles for https://a.test',
      'Name one with DATABRICKS_CONFIG_PROFILE.',
    ],
    [
      'Error: profile "dev" uses M2M authentication (client_id/client_secret). …',
      "The profile for https://a.test is a service principal's, for which the Databricks CLI gives no token",
      'Set DATABRICKS_CLIENT_ID',
    ],
    [
      'Error: odd',
      'The Databricks CLI ended with 1',
      'Run databricks auth token --host https://a.test',
    ],
  ])('of a host is told so: %j', (stderr, what, advice) => {
    const failure = failureFor(exited(1, stderr), { host: 'https://a.test' });
    expect(failure).toMatchObject({ what, advice: expect.stringContaining(advice) });
    expect(failure.message).not.toContain('undefined');
  });

  test('is told with what its user names profiles with, quoted for a shell', () => {
    const whom = { profile: "it's mine", namedBy: '--profile' };
    expect(failureFor(exited(1, NO_CACHE), whom).advice).toBe(
      "Run databricks auth login --profile 'it'\\''s mine'.",
    );
    const noHost = failureFor(exited(1, 'Error: please specify a host'), whom);
    expect(noHost.advice).toMatch(/^Name another profile with --profile, /);
    const holdsToken = failureFor(exited(1, NO_CACHE), { ...whom, holdsToken: true });
    expect(holdsToken.what).toContain("Profile it's mine holds a personal access token");
    expect(holdsToken.advice).not.toContain('auth login');
  });

  test('is repeated in one line, without secrets, and nothing of stdout is', () => {
    const stderr = 'Error: odd dapi0123canary \u001b[2J and eyJcanary.x.y.\ncanary\n';
    const failure = failureFor(exited(null, stderr, 'canary'));
    expect(failure.said).toBe('odd … \ufffd[2J and …');
    expect(failure.what).toBe('The Databricks CLI ended with a signal');
    expect(JSON.stringify(failure) + failure.stack).not.toContain('canary');
    expect(failureFor(exited(1, '', 'canary'))).not.toHaveProperty('said');
  });

  test('only of an unknown flag is known to be that', () => {
    expect(failureFor(exited(1, 'Error: unknown flag: --force-refresh')).isUnknownFlag).toBe(true);
    expect(failureFor(exited(1, NO_CACHE))).not.toHaveProperty('isUnknownFlag');
  });

  test.each([
    ['absent', 'ENOENT', 'is not installed', 'or set DATABRICKS_CLI_PATH', false],
    ['absent', 'EACCES', 'on PATH is not executable', 'Check its permissions.', false],
    ['unstarted', 'EINVAL', 'is a script', 'Set DATABRICKS_CLI_PATH to the databricks.exe', false],
    ['unstarted', 'NotCapable', 'may not start', '--allow-run', false],
    ['unstarted', 'EMFILE', 'could not be started: EMFILE', 'Try again.', true],
    ['unstarted', 'E2BIG', 'could not be started: E2BIG', 'Check the program', false],
  ] as const)(
    'is nothing where it is %s (%s), which is told',
    (kind, code, what, advice, isRetryable) => {
      const failure = failureFor({ kind, code });
      expect(failure.what).toContain(what);
      expect(failure.advice).toContain(advice);
      expect(failure.retryable).toBe(isRetryable);
    },
  );
});

describe('an answer', () => {
  const now = new Date('2026-09-01T10:00:00Z');
  const read = (answer: object) =>
    readAnswer(exited(0, WARNING, JSON.stringify(answer)), { profile: 'dev' }, now);

  test.each<[object, string | undefined]>([
    [{ expiry: '2026-09-01T13:00:00.123456789+02:00', expires_in: 7 }, '2026-09-01T11:00:00.123Z'],
    [{ expiry: '2026-09-01T11:00:00Z' }, '2026-09-01T11:00:00.000Z'],
    [{ expires_in: 3600 }, '2026-09-01T11:00:00.000Z'],
    [{ expiry: 'odd', expires_in: 3600 }, '2026-09-01T11:00:00.000Z'],
    [{ expiry: '0001-01-01T00:00:00Z' }, undefined],
    [{ expiry: null, expires_in: 0, odd: {} }, undefined],
    [{ expires_in: 1e300 }, undefined],
  ])('with %j has a token until %s', (life, end) => {
    const { token, expiresAt } = read({ access_token: 'token-1', ...life });
    expect([token, expiresAt?.toISOString()]).toEqual(['token-1', end]);
  });

  test('with a token that has expired has none', () => {
    expect(() => read({ access_token: 'token-1', expiry: '2026-09-01T11:59:59+02:00' })).toThrow(
      "The Databricks CLI gave a token that expired at 2026-09-01T09:59:59.000Z. Set this machine's clock, or run databricks auth login --profile dev.",
    );
  });

  test.each([
    {},
    { access_token: 7 },
    { access_token: '' },
    { access_token: 'canary\nA=1' },
    { access_token: 'canary canary' },
    ['canary'],
  ])('without a usable token has none, and is not repeated: %j', (answer) => {
    const { what, message } = failureFor(exited(0, '', JSON.stringify(answer)));
    expect(what).toContain('no usable access_token');
    expect(message).not.toContain('canary');
  });
});
