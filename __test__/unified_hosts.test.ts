import { getLakebaseCredential, getLakebasePostgresToken } from 'lakebase-token';
import type { WorkspaceEmulator } from 'lakebase-token/testing';
import { expect, test, vi } from 'vitest';
import { startWorkspace, useWorkspace } from './support/workspace';

const ACCOUNT_TOKEN_PATH = '/oidc/accounts/00000000-0000-0000-0000-000000000000/v1/token';

/** Status and path of each request that wants a token. */
function asked({ requests }: WorkspaceEmulator) {
  return requests.filter(({ step }) => step !== null).map(({ status, path }) => [status, path]);
}

test.each(['client-credentials', 'personal-token'] as const)(
  'a host of several workspaces gives %s a token of the one that is named',
  async (auth) => {
    const workspace = await startWorkspace({ auth, hostType: 'unified' });
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
    const ofAccount = [
      [303, '/oidc/v1/token'],
      [200, ACCOUNT_TOKEN_PATH],
    ];
    expect(asked(workspace)).toEqual([
      ...(auth === 'client-credentials' ? ofAccount : []),
      [200, '/api/2.0/postgres/credentials'],
    ]);
  },
);

test.each(['o', 'w', 'workspace_id'])(
  'the workspace may be named by ?%s= of the host',
  async (name) => {
    const workspace = await startWorkspace({ hostType: 'unified', workspaceId: '77' });
    useWorkspace(workspace, {
      DATABRICKS_HOST: `${workspace.url}/?${name}=77`,
      DATABRICKS_WORKSPACE_ID: '',
    });
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  },
);

test('a plain host whose address names its workspace is asked as ever', async () => {
  const workspace = await startWorkspace();
  useWorkspace(workspace, { DATABRICKS_HOST: `${workspace.url}/?o=1234567890123456` });
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  expect(asked(workspace)).toEqual([
    [200, '/oidc/v1/token'],
    [200, '/api/2.0/postgres/credentials'],
  ]);
});

test('where no workspace is named the error says how to name it', async () => {
  const workspace = await startWorkspace({ hostType: 'unified' });
  vi.stubEnv('DATABRICKS_WORKSPACE_ID', '');
  await expect(getLakebasePostgresToken()).rejects.toMatchObject({
    code: 'ERR_LAKEBASE_PROTOCOL',
    status: 303,
    message: expect.stringContaining("or set DATABRICKS_WORKSPACE_ID to the workspace's id."),
  });
  expect(workspace.issuedTokens).toEqual([]);
});

test('workspaces of one host have tokens of their own', async () => {
  const workspace = await startWorkspace({ hostType: 'unified', workspaceId: '77' });
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  vi.stubEnv('DATABRICKS_WORKSPACE_ID', '78');
  await expect(getLakebaseCredential()).rejects.toMatchObject({
    code: 'ERR_LAKEBASE_FORBIDDEN',
    message: expect.stringContaining('set DATABRICKS_WORKSPACE_ID to the one that it belongs to'),
  });
});

test('an id that is none counts as unset, as a plain host did without', async () => {
  const workspace = await startWorkspace();
  vi.stubEnv('DATABRICKS_WORKSPACE_ID', '"1234567890123456"');
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  const unified = await startWorkspace({ hostType: 'unified' });
  vi.stubEnv('DATABRICKS_WORKSPACE_ID', '<workspace-id>');
  await expect(getLakebaseCredential()).rejects.toMatchObject({
    message: expect.stringContaining('set DATABRICKS_WORKSPACE_ID to the workspace'),
  });
  expect(unified.issuedTokens).toEqual([]);
});

test('a secret that is limited to the scope of Lakebase is enough', async () => {
  const workspace = await startWorkspace({
    scopes: ['postgres'],
    lifetimeMs: { accessToken: 1_500, postgresToken: 3_000 },
  });
  const statuses = async () => {
    await getLakebasePostgresToken();
    return workspace.requests
      .filter(({ step }) => step === 'accessToken')
      .map(({ status }) => status);
  };
  await expect.poll(statuses, { timeout: 20_000 }).toEqual([403, 200, 200]);
});
