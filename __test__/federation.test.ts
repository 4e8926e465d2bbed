import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { getLakebasePostgresToken, getLakebaseTokenStatus } from 'lakebase-token';
import type { EmulatorOptions } from 'lakebase-token/testing';
import { expect, test } from 'vitest';
import { newFolder } from './support/command_line';
import { timesInMemory } from './support/memory';
import { startProgram } from './support/programs';
import { requestsOf, startWorkspace, useWorkspace } from './support/workspace';

/** A workspace that takes ID tokens, of which one is in a file here. */
async function withFile(options: EmulatorOptions = {}) {
  const workspace = await startWorkspace({ auth: 'federation', ...options });
  const file = path.join(newFolder(), 'token');
  writeFileSync(file, `${workspace.issueIdToken()}\n`);
  useWorkspace(workspace, { DATABRICKS_OIDC_TOKEN: '', DATABRICKS_OIDC_TOKEN_FILEPATH: file });
  return { workspace, file };
}

async function rejection() {
  return getLakebasePostgresToken().then(
    () => expect.unreachable(),
    (error) => error,
  );
}

test.each(['workspace', 'unified'] as const)(
  'an ID token in a variable is exchanged: %s',
  async (hostType) => {
    const workspace = await startWorkspace({ auth: 'federation', hostType });
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
    const exchange = workspace.requests.filter(({ step }) => step === 'accessToken').at(-1);
    expect(exchange).toMatchObject({
      status: 200,
      grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
      idTokenClaims: { iss: 'https://issuer.test', sub: 'workload-1' },
    });
    expect(getLakebaseTokenStatus().identity).toEqual({
      type: 'federation',
      from: 'DATABRICKS_CLIENT_ID',
    });
  },
);

test('an ID token in a file is read anew for each exchange', async () => {
  const lifetimeMs = { accessToken: 1_200, postgresToken: 2_500 };
  const { workspace, file } = await withFile({ lifetimeMs });
  const first = await getLakebasePostgresToken();
  writeFileSync(file, workspace.issueIdToken());
  await expect.poll(getLakebasePostgresToken, { timeout: 20_000 }).not.toBe(first);
  expect(requestsOf(workspace).accessToken).toBe(2);
});

test('a token of an account needs no client id', async () => {
  const workspace = await startWorkspace({ federation: { issuer: 'https://issuer.test' } });
  useWorkspace(workspace, {
    DATABRICKS_CLIENT_ID: '',
    DATABRICKS_OIDC_TOKEN: workspace.issueIdToken({ sub: 'anybody' }),
  });
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
});

test.each<[string, Record<string, unknown>, string]>([
  ['audience', { aud: 'https://other.test' }, 'the audience "https://other.test"'],
  ['subject', { sub: 'stranger' }, 'the subject "stranger"'],
  ['issuer', { iss: 'https://stranger.test' }, 'the issuer "https://stranger.test"'],
  ['expiry', { exp: 1 }, 'has not expired'],
])(
  'an ID token of a wrong %s is told with what the policy must say',
  async (_what, claims, part) => {
    const { workspace, file } = await withFile();
    const token = workspace.issueIdToken(claims);
    writeFileSync(file, token);
    const error = await rejection();
    expect(error.code).toBe('ERR_LAKEBASE_UNAUTHENTICATED');
    expect(error.message).toContain(part);
    expect(error.message).toContain(
      'databricks account service-principal-federation-policy create',
    );
    expect(inspect(error)).not.toContain(token.split('.')[2]);
  },
);

test.each<[string, (file: string) => void, string]>([
  ['is not there', (file) => rmSync(file), 'is not there'],
  ['is empty', (file) => writeFileSync(file, ' \n'), 'is empty'],
  [
    'is a folder',
    (file) => {
      rmSync(file);
      mkdirSync(file);
    },
    'is no regular file',
  ],
  ['holds a line break', (file) => writeFileSync(file, 'a\nb'), 'with unusable characters'],
])('a file that %s is an error of the identity', async (_what, spoil, part) => {
  const { workspace, file } = await withFile();
  spoil(file);
  expect(await rejection()).toMatchObject({
    code: 'ERR_LAKEBASE_IDENTITY_UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining(part),
  });
  expect(workspace.requests).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'an ID token is in memory no longer than its exchange',
  async () => {
    const { workspace, file } = await withFile();
    const [, , signature = ''] = readFileSync(file, 'utf8').trim().split('.');
    const program = startProgram(
      `import { getLakebasePostgresToken } from 'lakebase-token';
      globalThis.token = await getLakebasePostgresToken();
      console.log('here');
      setTimeout(() => {}, 60_000);`,
      { ...workspace.env, DATABRICKS_OIDC_TOKEN: '', DATABRICKS_OIDC_TOKEN_FILEPATH: file },
    );
    await program.line((line) => line === 'here');
    const times = [signature, String(workspace.issuedTokens[0]?.token)].map((text) =>
      timesInMemory(program.pid, text.slice(0, 40)),
    );
    program.signal('SIGKILL');
    await program.ended;
    expect(times[0]).toBe(0);
    expect(times[1], 'what is there is found').toBeGreaterThan(0);
  },
);
