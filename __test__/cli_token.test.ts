import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { startWorkspaceEmulator, type WorkspaceEmulator } from 'lakebase-token/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLI, hasScript, newFolder, onTerminal, run, surroundings } from './support/command_line';

let workspace: WorkspaceEmulator;

beforeAll(async () => {
  workspace = await startWorkspaceEmulator({ auth: 'personal-token' });
});

afterAll(() => workspace?.close());

const lastToken = () => workspace.issuedTokens.at(-1)?.token;

const fileOf = (variables: Record<string, string>) =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

test('the token and nothing else is printed', async () => {
  const { code, stdout, stderr } = await run(['token'], { cwd: newFolder(), env: workspace.env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(`${lastToken()}\n`);
});

test('--json adds the expiry', async () => {
  const { stdout } = await run(['token', '--json'], { cwd: newFolder(), env: workspace.env });
  expect(JSON.parse(stdout)).toEqual({
    token: lastToken(),
    expiresAt: workspace.issuedTokens.at(-1)?.expiresAt.toISOString(),
  });
});

test('the variables come from .env.local, then from .env, in the current folder', async () => {
  const cwd = newFolder();
  const { DATABRICKS_HOST, LAKEBASE_ENDPOINT, DATABRICKS_TOKEN } = workspace.env;
  writeFileSync(path.join(cwd, '.env.local'), fileOf({ DATABRICKS_TOKEN, PORT: '1' }));
  writeFileSync(
    path.join(cwd, '.env'),
    fileOf({ DATABRICKS_HOST, LAKEBASE_ENDPOINT, DATABRICKS_TOKEN: 'token-1' }),
  );
  const { code, stdout } = await run(['token'], { cwd });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${lastToken()}\n` });
});

test('--env-file names other files, of which the first one wins', async () => {
  const cwd = newFolder();
  const { DATABRICKS_HOST, LAKEBASE_ENDPOINT, DATABRICKS_TOKEN } = workspace.env;
  writeFileSync(path.join(cwd, '.env'), fileOf({ DATABRICKS_HOST: 'https://other.test' }));
  writeFileSync(path.join(cwd, 'one'), fileOf({ HERE: DATABRICKS_HOST, DATABRICKS_HOST: '$HERE' }));
  mkdirSync(path.join(cwd, 'folder'));
  writeFileSync(path.join(cwd, 'folder', 'two'), fileOf({ LAKEBASE_ENDPOINT, DATABRICKS_TOKEN }));
  const line = ['token', '--env-file', 'one', '--env-file=folder/two'];
  expect(await run(line, { cwd })).toMatchObject({ code: 0, stdout: `${lastToken()}\n` });
});

test('a file that is named is read as dotenv reads it, not as Node does', async () => {
  const cwd = newFolder();
  const { DATABRICKS_TOKEN, ...others } = workspace.env;
  writeFileSync(path.join(cwd, 'one'), `DATABRICKS_TOKEN: ${DATABRICKS_TOKEN}\n${fileOf(others)}`);
  const { code, stdout } = await run(['token', '--env-file', 'one'], { cwd });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${lastToken()}\n` });
});

test('what is set already wins over the files, even if it is empty', async () => {
  const cwd = newFolder();
  writeFileSync(path.join(cwd, '.env.local'), fileOf({ ...workspace.env }));
  const { code, stdout, stderr } = await run(['token'], { cwd, env: { LAKEBASE_ENDPOINT: '' } });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^lakebase-token: LAKEBASE_ENDPOINT is not set\. .*_CONFIG_MISSING\)\n$/);
});

test('of two files that are named and say different things the first one wins', async () => {
  const cwd = newFolder();
  writeFileSync(path.join(cwd, 'one'), fileOf({ ...workspace.env }));
  writeFileSync(path.join(cwd, 'two'), fileOf({ DATABRICKS_TOKEN: 'token-1' }));
  const line = ['token', '--env-file', 'one', '--env-file', 'two'];
  expect(await run(line, { cwd })).toMatchObject({ code: 0, stdout: `${lastToken()}\n` });
});

test('a file that is named must be there', async () => {
  const { code, stderr } = await run(['token', '--env-file', 'missing'], { cwd: newFolder() });
  // Node 20 to 26 take the option for their own, and end before our program begins.
  expect([1, 9]).toContain(code);
  expect(stderr).toMatch(/no file missing\. Check --env-file|missing: not found/);
});

test('a variable that is missing could stand in a file, which is named', async () => {
  const place = { cwd: newFolder() };
  const { stderr } = await run(['token'], place);
  expect(stderr).toContain('Neither .env.local nor .env is in this folder');
  writeFileSync(path.join(place.cwd, '.env.local'), '');
  expect((await run(['token'], place)).stderr).toContain('can be set in .env.local too. (ERR_LAKE');
});

test('an error says what to do, without the secret', async () => {
  const env = { ...workspace.env, DATABRICKS_TOKEN: 'canary' };
  const { code, stdout, stderr } = await run(['token'], { cwd: newFolder(), env });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('Renew DATABRICKS_TOKEN');
  expect(stderr).toContain('(ERR_LAKEBASE_UNAUTHENTICATED)');
  expect(stderr).not.toContain('canary');
});

test('a reader that ends early is no failure', async () => {
  const child = spawn(process.execPath, [CLI, 'token'], {
    cwd: newFolder(),
    env: { ...surroundings(), ...workspace.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test.each<[string[], string]>([
  [['tokn'], 'There is no command tokn. Did you mean token?'],
  [['frobnicate'], 'There is no command frobnicate. See lakebase-token --help.'],
  [['help', 'frobnicate'], 'There is no command frobnicate. See lakebase-token --help.'],
  [['token', '--jsn'], 'There is no option --jsn. Did you mean --json?'],
  [['token', '--completely-different'], 'There is no option --completely-different. See'],
  [['token', '--json=yes'], '--json takes no value.'],
  [['token', '--env-file'], '--env-file needs a value: --env-file FILE.'],
  [['refresh-env', '--profile', '--create'], '--profile needs a value: --profile PROFILE.'],
  [['token', 'extra'], '"extra" is one too many.'],
  [['exec', 'psql'], 'Put -- before the command: exec [options] -- COMMAND'],
  [['exec', 'psql', '-c', 'select 1'], 'Put -- before the command: exec [options] -- COMMAND'],
  [['exec', 'next', '--profile'], 'Put -- before the command: exec [options] -- COMMAND'],
  [['exec', '-c', 'psql'], 'There is no option -c. See lakebase-token exec --help.'],
  [['exec', '--'], 'There is no command to run.'],
  [['refresh-env', '--name', 'MY-TOKEN'], 'MY-TOKEN is not the name of a variable.'],
  [['--versoin'], 'There is no option --versoin. Did you mean --version?'],
])('%j is a usage error', async (line, message) => {
  const { code, stdout, stderr } = await run(line, { cwd: newFolder() });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('every command has its help, and the package its version', async () => {
  const cwd = newFolder();
  const overview = await run(['--help'], { cwd });
  expect(overview).toMatchObject({ code: 0, stderr: '' });
  const commands = [...overview.stdout.matchAll(/^ {2}(\S+) {2}/gm)].map(([, name]) =>
    String(name),
  );
  expect(commands).toContain('token');
  for (const name of commands) {
    const { code, stdout } = await run([name, '--help'], { cwd });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(`^Usage: .* ${name} `),
    });
    expect(await run(['help', name], { cwd })).toMatchObject({ code: 0, stdout });
  }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(await run(['--version'], { cwd })).toMatchObject({ code: 0, stdout: `${version}\n` });
  expect(await run([], { cwd })).toMatchObject({ code: 2, stdout: overview.stdout });
});

test.runIf(hasScript)('it is not printed to a terminal, unless --show says so', async () => {
  const place = { cwd: newFolder(), env: workspace.env };
  const before = workspace.issuedTokens.length;
  const refused = await onTerminal(['token'], place);
  expect(refused.code).toBe(2);
  expect(refused.stdout).toContain('or add --show');
  expect(workspace.issuedTokens).toHaveLength(before);

  const shown = await onTerminal(['token', '--show'], place);
  expect(shown.code).toBe(0);
  expect(shown.stdout).toContain(lastToken());
});

test.runIf(hasScript)('colour is for terminals, and NO_COLOR switches it off', async () => {
  const red = '\u001b[31m';
  const place = { cwd: newFolder() };
  expect((await onTerminal(['tokn'], place)).stdout).toContain(red);
  expect((await onTerminal(['tokn'], { ...place, env: { NO_COLOR: '1' } })).stdout).not.toContain(
    red,
  );
  expect((await run(['tokn'], { cwd: newFolder() })).stderr).not.toContain(red);
});
