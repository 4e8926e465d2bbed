import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { nextAsk } from '../js/cli/refresh_env.js';
import { ELSEWHERE } from '../js/databricks_cli/program.js';
import { ended, newFolder, run, start } from './support/command_line';
import { type Behaviour, fakeDatabricks } from './support/databricks';
import { hasFileModes, hasLinks, hasSignals, isWindows } from './support/platform';

const HOUR_MS = 3_600_000;

/** A project with an env file, and a Databricks CLI of its own on PATH. */
function project(content: string | Buffer | null, behaviour: Behaviour = { version: 'current' }) {
  const cwd = newFolder();
  const file = path.join(cwd, '.env.local');
  if (content !== null) writeFileSync(file, content, { mode: 0o600 });
  const databricks = fakeDatabricks(cwd, behaviour);
  const env = {
    PATH: `${databricks.folder}${path.delimiter}${process.env.PATH}`,
    // Not that of whoever runs the tests.
    DATABRICKS_CONFIG_FILE: path.join(cwd, 'databrickscfg'),
  };
  return {
    cwd,
    file,
    databricks,
    env,
    content: () => readFileSync(file, 'utf8'),
    /** Writes the CLI's own file. */
    profiles: (text: string) => writeFileSync(env.DATABRICKS_CONFIG_FILE, text),
    refresh: (line: string[] = [], more: Record<string, string> = {}) =>
      run(['refresh-env', ...line], { cwd, env: { ...env, ...more } }),
  };
}

describe('the token', () => {
  test('goes into .env.local, and is not printed', async () => {
    const { refresh, content, databricks } = project('A=1\nDATABRICKS_TOKEN=old # mine\n');
    const { code, stdout, stderr } = await refresh();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(content()).toBe('A=1\nDATABRICKS_TOKEN=token-1 # mine\n');
    expect(stdout).toMatch(
      /^Replaced DATABRICKS_TOKEN in \.env\.local, line 2\. The token of profile DEFAULT is valid until .*\d\d:\d\d \(in 60 min\)\.\n$/,
    );
    expect(stdout).not.toContain('token-1');
    expect(databricks.calls()).toEqual([['auth', 'token', '--profile', 'DEFAULT', '-o', 'json']]);
  });

  test('goes into another file and variable', async () => {
    const { cwd, refresh, content } = project('A=1\n');
    writeFileSync(path.join(cwd, 'other'), 'A=2');
    expect(await refresh(['other', '--name', 'MY_TOKEN'])).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(cwd, 'other'), 'utf8')).toBe('A=2\nMY_TOKEN=token-1\n');
    expect(content()).toBe('A=1\n');
  });

  test.each([
    [['--profile', 'work; rm -rf $HOME'], {}, 'work; rm -rf $HOME'],
    [[], { DATABRICKS_CONFIG_PROFILE: 'home' }, 'home'],
    [['--profile', 'work'], { DATABRICKS_CONFIG_PROFILE: 'home' }, 'work'],
    [[], { DATABRICKS_CONFIG_PROFILE: '' }, 'DEFAULT'],
  ])('is asked for with %j and %j as profile %s', async (line, env, profile) => {
    const { refresh, databricks } = project('');
    expect(await refresh(line, env)).toMatchObject({ code: 0 });
    expect(databricks.calls()[0]?.[3]).toBe(profile);
  });

  test('is renewed first if it has little life left', async () => {
    const { refresh, content, databricks } = project('', {
      version: 'current',
      cachedLifeMs: 60_000,
    });
    expect((await refresh()).stdout).toContain('(in 60 min)');
    expect(content()).toBe('DATABRICKS_TOKEN=token-2\n');
    expect(databricks.calls()).toHaveLength(2);
  });

  test('is taken as it is from a CLI that cannot be told to renew it', async () => {
    const { refresh, content } = project('', { version: '0.250', cachedLifeMs: 110_000 });
    const { code, stdout, stderr } = await refresh();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\(in 1\d\d s\)|\(in 110 s\)|\(in 2 min\)/);
    expect(content()).toBe('DATABRICKS_TOKEN=token-1\n');
  });

  test('is the one that the CLI holds if it cannot renew that, and it is said why', async () => {
    const forced = { stderr: 'Error: odd\n', exitCode: 1 };
    const { refresh, content } = project('', { version: 'current', cachedLifeMs: 60_000, forced });
    const { code, stderr } = await refresh();
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'The Databricks CLI ended with 1: “odd”. Run databricks auth token --profile DEFAULT to see more.\n',
    });
    expect(content()).toBe('DATABRICKS_TOKEN=token-1\n');
  });

  test('that is there already is left alone', async () => {
    const { refresh, file } = project('DATABRICKS_TOKEN=token-1\n');
    const { ino } = statSync(file);
    expect((await refresh()).stdout).toContain('.env.local already has the current');
    expect(statSync(file).ino).toBe(ino);
  });

  test('that the shell sets as well is pointed out', async () => {
    const { refresh } = project('');
    const { stderr } = await refresh([], { DATABRICKS_TOKEN: 'canary' });
    expect(stderr).toContain('DATABRICKS_TOKEN is set in this shell too');
    expect(stderr).not.toContain('canary');
  });

  test('of a file with two lines goes into the last, and both are mentioned', async () => {
    const { refresh, content } = project('DATABRICKS_TOKEN=1\nDATABRICKS_TOKEN=2\n');
    expect((await refresh()).stdout).toContain('2 lines with DATABRICKS_TOKEN, of which the last');
    expect(content()).toBe('DATABRICKS_TOKEN=1\nDATABRICKS_TOKEN=token-1\n');
  });
});

/** After `databricks auth login --profile dev`. */
const AFTER_LOGIN = `
; The profile defined in the DEFAULT section is to be used as a fallback when no profile is explicitly specified.
[DEFAULT]

[dev]
host         = https://dev.test
workspace_id = 1234567890
auth_type    = databricks-cli

[__settings__]
default_profile = dev
`;
const TWO = '[DEFAULT]\n[one]\nhost = https://one.test\n[two]\nhost = https://two.test\n';

describe('the profile', () => {
  test.each<[string, string, Record<string, string>, string]>([
    ['that the CLI made its default', AFTER_LOGIN, {}, 'dev'],
    ['DEFAULT, where it has a host', `host = https://x.test\n${AFTER_LOGIN}`, {}, 'DEFAULT'],
    ['DEFAULT, with a host in its section', '[DEFAULT]\nhost=https://x.test', {}, 'DEFAULT'],
    ['DEFAULT, where the host is in the environment', TWO, { DATABRICKS_HOST: 'x' }, 'DEFAULT'],
    ['of the environment', AFTER_LOGIN + TWO, { DATABRICKS_CONFIG_PROFILE: 'two' }, 'two'],
  ])('is %s', async (_what, profiles, env, profile) => {
    const { refresh, databricks, ...made } = project('');
    made.profiles(profiles);
    expect(await refresh([], env)).toMatchObject({ code: 0 });
    expect(databricks.calls()).toEqual([['auth', 'token', '--profile', profile, '-o', 'json']]);
  });

  test('is that of the env file, but for another one that is named', async () => {
    const { refresh, databricks, profiles } = project('DATABRICKS_CONFIG_PROFILE=one\n');
    profiles(TWO.replace('two.test', 'one.test'));
    await refresh();
    await refresh([], { DATABRICKS_CONFIG_PROFILE: 'two' });
    await refresh(['--profile', 'DEFAULT'], { DATABRICKS_CONFIG_PROFILE: 'two' });
    expect(databricks.calls().map((line) => line[3])).toEqual(['one', 'two', 'DEFAULT']);
  });

  test.each<[string, string, string[], string]>([
    [
      'that is named',
      TWO,
      ['--profile', 'three'],
      'has no profile three. Name one with --profile: one, two. (ERR_LAKEBASE_CLI_FAILED)',
    ],
    [
      'that nobody named',
      TWO,
      [],
      'has no profile DEFAULT with a host, and names no other as its default. Name one with --profile: one, two.',
    ],
    [
      'that the file names',
      `${TWO}[__settings__]\ndefault_profile = gone\n`,
      [],
      'has no profile gone, which it names as its default. Name one with --profile: one, two.',
    ],
    ['of none', '', [], 'Make one: databricks auth login --profile <name> --host <workspace URL>.'],
  ])('%s must be there, before the CLI is run', async (_what, profiles, line, message) => {
    const { refresh, databricks, ...made } = project('A=1\n');
    made.profiles(profiles);
    const { code, stderr } = await refresh(line);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(databricks.calls()).toEqual([]);
    expect(made.content()).toBe('A=1\n');
  });

  test('of a personal access token is not logged in to', async () => {
    const { refresh, profiles } = project('', { stderr: NO_CACHE, exitCode: 1 });
    profiles('[DEFAULT]\nhost = https://x.test\ntoken = canary\n');
    const { stderr } = await refresh();
    expect(stderr).toContain('Profile DEFAULT holds a personal access token');
    expect(stderr).toContain('Set DATABRICKS_TOKEN to it');
    expect(stderr).not.toMatch(/auth login|canary/);
  });
});

describe('the workspace', () => {
  const OF_ONE = (host: string) => `DATABRICKS_HOST=${host}\n`;

  test.each([
    'https://one.test',
    'one.test',
    'HTTPS://One.test:443/?o=1',
    '$HOST_OF_ONE',
    'https://<workspace>',
  ])('of the profile is that of the file, %j', async (host) => {
    const { refresh, profiles } = project(OF_ONE(host));
    profiles(TWO);
    const env = { HOST_OF_ONE: 'https://one.test/' };
    expect(await refresh(['--profile', 'one'], env)).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(['.env.local', '.env'])('of another one, in %s, is an error', async (name) => {
    const { refresh, content, databricks, cwd, profiles } = project('A=1\n');
    writeFileSync(path.join(cwd, name), OF_ONE('https://one.test/?o=1'));
    profiles(`${TWO}[twin]\nhost = https://ONE.test/\n`);
    const before = content();
    const { code, stderr } = await refresh(['--profile', 'two']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `Profile two is of two.test, but DATABRICKS_HOST in ${name} is one.test. Name a profile of that ` +
        'workspace with --profile (one, twin), or set DATABRICKS_HOST to two.test.',
    );
    expect(databricks.calls()).toEqual([]);
    expect(content()).toBe(before);
  });

  test.each<[string, Record<string, string>, Record<string, string>, string]>([
    [
      'the profile of .env.local',
      { '.env.local': 'DATABRICKS_CONFIG_PROFILE=one\n' },
      {},
      'profile one, which DATABRICKS_CONFIG_PROFILE in .env.local names, is of one.test',
    ],
    [
      'the profile of .env',
      { '.env.local': '', '.env': 'DATABRICKS_CONFIG_PROFILE=one\n' },
      {},
      'profile one, which DATABRICKS_CONFIG_PROFILE in .env names, is of one.test',
    ],
    [
      'the profile of the environment',
      { '.env.local': 'DATABRICKS_CONFIG_PROFILE=\n' },
      { DATABRICKS_CONFIG_PROFILE: 'one' },
      'profile one, which DATABRICKS_CONFIG_PROFILE in this shell names, is of one.test',
    ],
    [
      'the host of the environment',
      { '.env.local': '' },
      { DATABRICKS_HOST: 'https://one.test', DATABRICKS_CONFIG_PROFILE: 'two' },
      'DATABRICKS_HOST in this shell is one.test',
    ],
  ])('of another one is an error by %s', async (_what, files, env, part) => {
    const { refresh, databricks, cwd, profiles } = project('');
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(cwd, name), text);
    profiles(`${TWO}[twin]\nhost = https://ONE.test/\n`);
    const { code, stderr } = await refresh(['--profile', 'two'], env);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `Profile two is of two.test, but ${part}. Name a profile of that workspace with --profile ` +
        '(one, twin), or set DATABRICKS_HOST to two.test.',
    );
    expect(databricks.calls()).toEqual([]);
    expect(readFileSync(path.join(cwd, '.env.local'), 'utf8')).toBe(files['.env.local']);
    expect(await refresh(['--profile', 'twin'], env)).toMatchObject({ code: 0 });
  });

  test.each([
    ['.env.local', 'DATABRICKS_CONFIG_PROFILE=gone\n'],
    ['.env.local', 'DATABRICKS_CONFIG_PROFILE=DEFAULT\n'],
    ['.env.local', 'DATABRICKS_HOST=https://two.test\nDATABRICKS_CONFIG_PROFILE=one\n'],
    ['.env.local', 'DATABRICKS_HOST=$HOST_OF_TWO\nDATABRICKS_CONFIG_PROFILE=one\n'],
    ['.env', 'DATABRICKS_HOST=https://two.test\n'],
  ])('is told by no profile, with %s of %j', async (name, content) => {
    const { refresh, cwd, profiles } = project('DATABRICKS_CONFIG_PROFILE=gone\n');
    writeFileSync(path.join(cwd, name), content);
    profiles(TWO);
    const env = { HOST_OF_TWO: 'https://two.test' };
    expect(await refresh(['--profile', 'two'], env)).toMatchObject({ code: 0 });
  });

  test.each<[string, string, string[], string]>([
    ['of the profile', '[one]\nhost = https://me:canary@One.test\n', [], 'https://One.test'],
    ['of the token', '[one]\nauth_type = databricks-cli\n', [], 'https://token.test'],
    ['of a local workspace', '[one]\nhost = http://127.0.0.1:9\n', [], 'http://127.0.0.1:9'],
    ['of a variable of another name', '[one]\nhost = https://one.test\n', ['--name', 'X'], ''],
  ])('is pointed out where no file names its host: that %s', async (_what, text, line, host) => {
    const payload = Buffer.from('{"iss":"https://token.test/oidc"}').toString('base64url');
    const answer = JSON.stringify({ access_token: `e30.${payload}.x` });
    const { refresh, cwd, profiles } = project('DATABRICKS_CONFIG_PROFILE=one\n', {
      stdout: answer,
    });
    profiles(text);
    const note =
      'Note: .env.local has no DATABRICKS_HOST, with which alone it works where there is no .databrickscfg. ' +
      `Add the line DATABRICKS_HOST=${host}\n`;
    expect(await refresh(line)).toMatchObject({ code: 0, stderr: host && note });
    writeFileSync(path.join(cwd, '.env'), `DATABRICKS_HOST=${host || 'https://one.test'}\n`);
    expect(await refresh(line)).toMatchObject({ code: 0, stderr: '' });
  });

  test('and the profile are not what the file takes from the environment', async () => {
    const { refresh, databricks, profiles } = project(
      'DATABRICKS_HOST=https://$A_SECRET\nDATABRICKS_CONFIG_PROFILE=$A_SECRET\n',
    );
    profiles('[DEFAULT]\nhost = https://one.test\n');
    const { code, stdout, stderr } = await refresh([], { A_SECRET: 'canary' });
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('canary');
    expect(databricks.calls()[0]?.[3]).toBe('DEFAULT');
  });

  test('is not looked at for a variable of another name', async () => {
    const { refresh, profiles } = project(OF_ONE('https://one.test'));
    profiles(TWO);
    expect(await refresh(['--profile', 'two', '--name', 'MY_TOKEN'])).toMatchObject({ code: 0 });
  });

  test.each([
    ['https://two.test/oidc', 1],
    ['https://one.test/oidc', 0],
    ['https://accounts.test/oidc/accounts/1', 0],
    [undefined, 0],
  ])('is told by a token of %s, if nothing else does: exit code %i', async (iss, exitCode) => {
    const payload = Buffer.from(JSON.stringify({ iss })).toString('base64url');
    const answer = { access_token: `e30.${payload}.canary` };
    const { refresh, content } = project(OF_ONE('https://one.test'), {
      stdout: JSON.stringify(answer),
    });
    const { code, stdout, stderr } = await refresh();
    expect(code).toBe(exitCode);
    expect(content().includes('DATABRICKS_TOKEN')).toBe(exitCode === 0);
    if (exitCode === 1) expect(stderr).toContain('Profile DEFAULT is of two.test, but');
    expect(stdout + stderr).not.toContain('canary');
  });
});

describe('the file', () => {
  test('is named with --create when it is missing, and nobody is asked for a token', async () => {
    const { refresh, databricks, cwd } = project(null);
    const { code, stderr } = await refresh();
    expect(code).toBe(1);
    expect(stderr).toBe('lakebase-token: There is no file .env.local. Add --create to make it.\n');
    expect(databricks.calls()).toEqual([]);
    expect(readdirSync(cwd)).toEqual(['programs']);
  });

  test('is made with --create, for its owner alone', async () => {
    const { refresh, content, file } = project(null);
    expect((await refresh(['--create'])).stdout).toContain('Made .env.local with DATABRICKS_TOKEN');
    expect(content()).toBe('DATABRICKS_TOKEN=token-1\n');
    if (hasFileModes) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test.runIf(hasFileModes).each([0o600, 0o640, 0o644])('keeps its mode %o', async (mode) => {
    const { refresh, file } = project('A=1\n');
    chmodSync(file, mode);
    const { code, stderr } = await refresh();
    expect(code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(mode);
    const note = 'Note: others on this machine may read .env.local, and the token with it.';
    expect(stderr).toBe(mode === 0o600 ? '' : `${note} Run chmod 600 .env.local.\n`);
  });

  test('is made with the host of the profile, where nothing else names one', async () => {
    const { refresh, content, profiles } = project(null);
    profiles('[dev]\nhost = https://dev.test\n[other]\nhost = https://other.test\n');
    const elsewhere = { DATABRICKS_CONFIG_PROFILE: 'other' };
    const { stderr } = await refresh(['--create', '--profile', 'dev'], elsewhere);
    expect(stderr).toBe('');
    expect(content()).toBe('DATABRICKS_HOST=https://dev.test\nDATABRICKS_TOKEN=token-1\n');
  });

  test('is replaced as a whole, and nothing lies beside it afterwards', async () => {
    const { refresh, file, cwd } = project('A=1\n');
    const { ino } = statSync(file);
    expect(await refresh()).toMatchObject({ code: 0 });
    expect(statSync(file).ino).not.toBe(ino);
    expect(readdirSync(cwd).sort()).toEqual(['.env.local', 'programs']);
  });

  test.runIf(hasLinks).each([
    ['its file', 'A=1\n', 'A=1\nDATABRICKS_TOKEN=token-1\n'],
    ['a file that is not there yet', null, 'DATABRICKS_TOKEN=token-1\n'],
  ])('stays a symbolic link, which leads to %s', async (_what, content, after) => {
    const { refresh, file, cwd } = project(null);
    mkdirSync(path.join(cwd, 'shared'));
    const target = path.join(cwd, 'shared', 'env');
    if (content !== null) writeFileSync(target, content);
    symlinkSync(path.join('shared', 'env'), file);
    expect(await refresh(['--create'])).toMatchObject({ code: 0 });
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe(after);
  });

  test('must be a regular one', async () => {
    const { refresh, file } = project(null);
    mkdirSync(file);
    expect((await refresh()).stderr).toContain('.env.local is a folder, not a regular file.');
    const device = isWindows ? '\\\\.\\NUL' : '/dev/null';
    expect((await refresh([device])).stderr).toContain(`${device} is a device`);
  });

  test('must be UTF-8, and otherwise stays as it is', async () => {
    const utf16 = Buffer.from('\uFEFFDATABRICKS_TOKEN=old\r\n', 'utf16le');
    const { refresh, file } = project(utf16);
    expect(await refresh()).toMatchObject({ code: 1, stderr: expect.stringContaining('UTF-8') });
    expect(readFileSync(file)).toEqual(utf16);
  });

  test('keeps every other byte, a byte-order mark and line breaks of Windows included', async () => {
    const { refresh, content } = project('\uFEFFDATABRICKS_TOKEN="old"\r\nA=\u00E4$&\r\n');
    expect(await refresh()).toMatchObject({ code: 0 });
    expect(content()).toBe('\uFEFFDATABRICKS_TOKEN="token-1"\r\nA=\u00E4$&\r\n');
  });

  test.runIf(hasFileModes && process.getuid?.() !== 0)(
    'that is read-only stays as it is',
    async () => {
      const { refresh, file, content } = project('A=1\n');
      chmodSync(file, 0o400);
      expect(await refresh()).toMatchObject({ code: 1, stderr: expect.stringContaining('EACCES') });
      expect(content()).toBe('A=1\n');
    },
  );
});

const LOGIN = 'databricks auth login --profile DEFAULT';
const NO_CACHE =
  'Error: cache: databricks OAuth is not configured for this host.\n\nTo reauthen…\n';
const INVALID =
  'A new access token could not be retrieved because the refresh token is invalid. To reauthenticate, run';

describe('a Databricks CLI that', () => {
  test.each<[string, Behaviour, string[]]>([
    ['was never logged in', { stderr: NO_CACHE, exitCode: 1 }, ['not logged in', LOGIN]],
    [
      'has a login that ran out, says 0.250',
      { stderr: `Error: ${INVALID}:\n\n  $ databricks auth login --profile x\n`, exitCode: 1 },
      ['not logged in', LOGIN],
    ],
    [
      'has a login that ran out, in JSON',
      {
        stdout: JSON.stringify({ error_code: 'INVALID_REFRESH_TOKEN', message: 'x' }),
        exitCode: 1,
      },
      ['not logged in', LOGIN],
    ],
    [
      'has a login that ran out, with the standard code',
      { stderr: JSON.stringify({ error_code: 'UNAUTHENTICATED', message: 'x' }), exitCode: 1 },
      ['not logged in', LOGIN],
    ],
    [
      'has no such profile',
      { stderr: 'Error: /home/me/.databrickscfg has no DEFAULT profile configured\n', exitCode: 1 },
      ['has no profile DEFAULT', 'databricks auth profiles'],
    ],
    [
      'has a service principal in the profile',
      {
        stderr: 'Error: profile "x" uses M2M authentication (client_id/client_secret).',
        exitCode: 1,
      },
      ["a service principal's", 'DATABRICKS_CLIENT_SECRET'],
    ],
    [
      'is the Python one',
      {
        stderr: "Usage: databricks [OPTIONS] COMMAND\n\nError: No such command 'auth'.",
        exitCode: 2,
      },
      ['too old', 'Install version 0.205'],
    ],
    [
      'is too old',
      { stderr: 'Error: unknown command "auth" for "databricks"', exitCode: 1 },
      ['too old', 'Install version 0.205'],
    ],
    [
      'knows no host for the profile',
      {
        stderr:
          'Error: the command is being run in a non-interactive environment, please specify a host using --host\n',
        exitCode: 1,
      },
      ['knows no host for profile DEFAULT', 'Name another profile with --profile'],
    ],
    [
      'says more than a line',
      { stderr: 'Warn: no\nError: odd\n  canary\n\nTo reauthenticate', exitCode: 3 },
      ['ended with 3: “odd”. Run databricks auth token'],
    ],
    ['fails in another way', { stderr: 'Error: odd\n', exitCode: 3 }, ['ended with 3: “odd”']],
    ['prints no JSON', { stdout: 'Welcome! canary' }, ['no usable access_token', 'an alias']],
    ['prints JSON without a token', { stdout: '{"token":"canary"}' }, ['no usable access_token']],
    [
      'prints a token with a line break in it',
      { stdout: '{"access_token":"canary\\nA=1"}' },
      ['no usable access_token'],
    ],
    [
      'gives a token that has expired',
      { stdout: '{"access_token":"canary","expiry":"2020-01-01T00:00:00Z"}' },
      ['expired at 2020-01-01T00:00:00.000Z', LOGIN],
    ],
    [
      'shows a secret in its error',
      { stderr: 'Error: odd dapi0123canary and eyJcanary.x.y', exitCode: 1 },
      ['“odd … and …”'],
    ],
  ])('%s is explained', async (_what, behaviour, parts) => {
    const { refresh, content } = project('A=1\n', behaviour);
    const { code, stdout, stderr } = await refresh();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    for (const part of [...parts, '(ERR_LAKEBASE_CLI_FAILED)']) expect(stderr).toContain(part);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('canary');
    expect(content()).toBe('A=1\n');
  });

  // This machine may have one where it is looked for besides.
  const isHere = ELSEWHERE.some((folder) => existsSync(path.join(folder, 'databricks')));
  test.skipIf(isHere)('is not there is told where to get', async () => {
    const { refresh, cwd } = project('A=1\n');
    const { code, stderr } = await refresh([], { PATH: cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('not installed, or not on PATH');
    expect(stderr).toContain('https://docs.databricks.com/');
  });
});

describe('--watch', () => {
  test.runIf(hasSignals).each(['SIGINT', 'SIGTERM'] as const)(
    'renews the token before it expires, until %s, which is no failure',
    async (signal) => {
      const { cwd, env, content } = project('A=1\n', { version: 'current', lifeMs: 8_000 });
      const child = start(['refresh-env', '--watch'], { cwd, env });
      const over = ended(child);
      const number = () => Number(/token-(\d+)/.exec(content())?.[1] ?? 0);
      await vi.waitUntil(() => number() > 0, { timeout: 30_000 });
      const first = number();
      await vi.waitUntil(() => number() > first, { timeout: 90_000 });
      child.kill(signal);
      const { code, stdout, stderr } = await over;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Added DATABRICKS_TOKEN.*\nReplaced DATABRICKS_TOKEN/);
      expect(content()).toMatch(/^A=1\nDATABRICKS_TOKEN=token-\d+\n$/);
    },
    120_000,
  );

  test.runIf(hasSignals)('tells once that the file has no host', async () => {
    const { cwd, env, content, profiles } = project('', { version: 'current', lifeMs: 8_000 });
    profiles('[DEFAULT]\nhost = https://one.test\n');
    const child = start(['refresh-env', '--watch'], { cwd, env });
    const over = ended(child);
    await vi.waitUntil(() => /token-[2-9]/.test(content()), { timeout: 90_000 });
    child.kill('SIGINT');
    expect((await over).stderr).toMatch(/^Note: .env.local has no DATABRICKS_HOST.*\n$/);
  });

  test('goes on when a renewal does not succeed, and says why', async () => {
    const { cwd, env, content, databricks } = project('', { version: 'current', lifeMs: 8_000 });
    const child = start(['refresh-env', '--watch'], { cwd, env });
    const over = ended(child);
    await vi.waitUntil(() => content() !== '', { timeout: 30_000 });
    databricks.behave({ stderr: NO_CACHE, exitCode: 1 });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    await vi.waitUntil(() => stderr.includes('not logged in'), { timeout: 30_000 });
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    if (hasSignals) expect(await over).toMatchObject({ code: 0 });
  });

  test.runIf(hasSignals)('can be interrupted while it waits for the first token', async () => {
    const { cwd, env, content, databricks } = project('A=1\n', { hangs: true });
    const child = start(['refresh-env', '--watch'], { cwd, env });
    const over = ended(child);
    await vi.waitUntil(() => databricks.calls().length > 0, { timeout: 30_000 });
    child.kill('SIGINT');
    expect(await over).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(content()).toBe('A=1\n');
  });

  test('fails at once if the first token cannot be had', async () => {
    const { refresh } = project('', { stderr: NO_CACHE, exitCode: 1 });
    expect(await refresh(['--watch'])).toMatchObject({ code: 1 });
  });

  test.each([
    ['an hour', HOUR_MS, HOUR_MS - 5 * 60_000],
    ['six minutes', 6 * 60_000, 3 * 60_000],
    ['two minutes', 2 * 60_000, 60_000],
    ['a second', 1_000, 1_000],
  ])('asks again in good time for a token with %s left', (_left, left, wait) => {
    const now = new Date();
    expect(nextAsk(new Date(now.getTime() + left), now).getTime()).toBe(now.getTime() + wait);
  });
});
