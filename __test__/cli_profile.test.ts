import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startWorkspaceEmulator } from 'lakebase-token/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { newFolder, run } from './support/command_line';
import { type Behaviour, fakeDatabricks } from './support/databricks';
import { HOME } from './support/platform';

interface Step {
  name: string;
  status: string;
  detail: string;
  advice?: string;
}

/** A laptop with a login of the Databricks CLI, and what the command line does there. */
async function laptop(profiles: (url: string, token: string) => string, behaviour?: Behaviour) {
  const workspace = await startWorkspaceEmulator({ auth: 'personal-token' });
  onTestFinished(() => workspace.close());
  const home = newFolder();
  const { DATABRICKS_TOKEN: token, LAKEBASE_ENDPOINT } = workspace.env;
  const databricks = fakeDatabricks(home, behaviour ?? { version: 'current', token });
  writeFileSync(path.join(home, '.databrickscfg'), profiles(workspace.url, token));
  const env = {
    [HOME]: home,
    LAKEBASE_ENDPOINT,
    PATH: `${databricks.folder}${path.delimiter}${process.env.PATH}`,
  };
  const command = (line: string[], more: Record<string, string> = {}) =>
    run(line, { cwd: newFolder(), env: { ...env, ...more } });
  const verify = async (line: string[] = [], more: Record<string, string> = {}) => {
    const { stdout } = await command(['verify', '--json', ...line], more);
    const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: Step[] };
    return {
      ok,
      stdout,
      last: steps.at(-1),
      step: (name: string) => steps.find((step) => step.name === name),
    };
  };
  return { workspace, databricks, command, verify, token };
}

const LOGIN = (url: string) =>
  `[DEFAULT]\n\n[dev]\nhost = ${url}\nauth_type = databricks-cli\n[__settings__]\ndefault_profile = dev\n`;
const TOKENS = (url: string, token: string) =>
  `[old]\nhost = ${url}\ntoken = canary\n[dev]\nhost = ${url}\ntoken = ${token}\n`;

describe('verify', () => {
  test('tells the profile, its line and the CLI', async () => {
    const { verify, databricks } = await laptop(LOGIN);
    const { ok, step } = await verify();
    expect(ok).toBe(true);
    expect(step('identity')).toMatchObject({
      status: 'ok',
      detail: `the Databricks CLI of an unknown version (${databricks.file}): profile dev in ~/.databrickscfg (line 3)`,
    });
    expect(step('host')?.detail).toContain('(host of profile dev in ~/.databrickscfg)');
    expect(step('access token')?.detail).toContain("the Databricks CLI's, valid until");
  });

  test('tells the version of the CLI', async () => {
    const { verify } = await laptop(LOGIN, { stdout: 'Databricks CLI v1.13.0\n' });
    expect((await verify()).step('identity')?.detail).toContain('the Databricks CLI 1.13.0 (');
  });

  test('tells what is set besides and not followed', async () => {
    const { verify } = await laptop(TOKENS);
    const { ok, step } = await verify(['--profile', 'dev'], {
      DATABRICKS_TOKEN: 'canary',
      DATABRICKS_HOST: 'https://other.test',
      DATABRICKS_CONFIG_PROFILE: 'old',
      ARM_TENANT_ID: 'x',
    });
    expect(ok).toBe(true);
    expect(step('identity')).toMatchObject({
      status: 'warning',
      detail:
        'a token that is given: token of profile dev in ~/.databrickscfg (line 4); set besides, and not followed: ' +
        'DATABRICKS_CONFIG_PROFILE, DATABRICKS_HOST, DATABRICKS_TOKEN, ARM_TENANT_ID',
    });
    expect(step('access token')?.detail).toContain(
      'token of profile dev in ~/.databrickscfg itself',
    );
  });

  test.each<[string, Behaviour, string, string]>([
    [
      'that nobody is logged in to',
      { stderr: 'Error: databricks OAuth is not configured for this host\n', exitCode: 1 },
      'access token',
      'Run databricks auth login --profile dev.',
    ],
    [
      'of Python, of the same name',
      { stderr: "Error: No such command 'auth'.\n", exitCode: 2 },
      'access token',
      'Install version 0.205 or later',
    ],
  ])('stops at a CLI %s', async (_what, behaviour, name, part) => {
    const { verify } = await laptop(LOGIN, behaviour);
    const { ok, last } = await verify();
    expect(ok).toBe(false);
    expect(last).toMatchObject({ name, status: 'failed' });
    expect(last?.detail).toContain(part);
  });

  test('stops at a CLI that is not there', async () => {
    const { verify } = await laptop(LOGIN);
    const { last } = await verify([], { PATH: '/nowhere' });
    expect(last).toMatchObject({
      name: 'identity',
      status: 'failed',
      detail: 'The Databricks CLI is not installed, or not on PATH',
      advice: expect.stringContaining('databricks auth login --profile dev'),
    });
  });

  test('stops at a profile that is not there, and a line that cannot be read', async () => {
    const { verify } = await laptop(TOKENS);
    const { last } = await verify(['--profile', 'gone']);
    expect(last).toMatchObject({ name: 'variables', status: 'failed' });
    expect(last?.detail).toContain('~/.databrickscfg has no profile gone, which --profile names');
    expect(last?.detail).toContain('old, dev');
    expect(last?.detail).toContain('databricks auth login --profile gone --host <workspace URL>.');
    const broken = await laptop(() => '[dev]\ncanary\n');
    const { stdout } = await broken.verify(['--profile', 'dev']);
    expect(stdout).toContain('line 2 of ~/.databrickscfg cannot be read');
    expect(stdout).not.toContain('canary');
  });
});

describe('the option --profile', () => {
  test('has token and exec log in with it, whatever the variables say', async () => {
    const { command, workspace } = await laptop(TOKENS);
    const others = { DATABRICKS_TOKEN: 'other', DATABRICKS_HOST: 'https://other.test' };
    const { stdout } = await command(['token', '--profile', 'dev'], others);
    expect(stdout).toBe(`${workspace.issuedTokens.at(-1)?.token}\n`);
    const script = ['-e', 'process.stdout.write(process.env.PGPASSWORD)'];
    const line = ['exec', '--profile', 'dev', '--', process.execPath, ...script];
    const ran = await command(line, others);
    expect(ran).toMatchObject({ code: 0, stdout: workspace.issuedTokens.at(-1)?.token });
  });

  test('needs a name', async () => {
    const { command } = await laptop(TOKENS);
    for (const name of ['verify', 'token'])
      expect(await command([name, '--profile', ' '])).toMatchObject({ code: 2 });
  });
});
