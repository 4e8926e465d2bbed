import { type EmulatorOptions, startWorkspaceEmulator } from 'lakebase-token/testing';
import { expect, onTestFinished, test } from 'vitest';
import { newFolder, run } from './support/command_line';

interface Step {
  name: string;
  status: string;
  detail: string;
}

/** What `verify` finds at a workspace that takes ID tokens. */
async function verify(claims?: Record<string, unknown>, options?: EmulatorOptions) {
  const workspace = await startWorkspaceEmulator({ auth: 'federation', ...options });
  onTestFinished(() => workspace.close());
  const token = workspace.issueIdToken(claims);
  const env = { ...workspace.env, DATABRICKS_OIDC_TOKEN: token };
  const { stdout } = await run(['verify', '--json'], { cwd: newFolder(), env });
  expect(stdout).not.toContain(token);
  const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: Step[] };
  return {
    ok,
    last: steps.at(-1),
    step: (name: string) => steps.find((step) => step.name === name),
  };
}

test('verify shows what a federation policy has to say', async () => {
  const { ok, step } = await verify();
  expect(ok).toBe(true);
  expect(step('identity')?.detail).toMatch(
    /^an ID token of the issuer “https:\/\/issuer\.test”, the subject “workload-1” and the audience “http.*”, valid until .*: DATABRICKS_OIDC_TOKEN$/,
  );
  expect(step('access token')?.detail).toContain('for the ID token, valid until');
});

test('verify stops at an ID token that has expired, before it is shown to anybody', async () => {
  const { last } = await verify({ exp: 1 });
  expect(last).toMatchObject({
    name: 'identity',
    status: 'failed',
    detail: 'the ID token of DATABRICKS_OIDC_TOKEN expired at 1970-01-01T00:00:01.000Z',
  });
});

test('verify prints the command that makes the policy where there is none', async () => {
  const { last } = await verify({ sub: 'stranger' });
  expect(last).toMatchObject({ name: 'access token', status: 'failed' });
  expect(last?.detail).toContain('the subject "stranger"');
  expect(last?.detail).toContain('databricks account service-principal-federation-policy create');
});
