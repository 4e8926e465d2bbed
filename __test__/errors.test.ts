import { inspect } from 'node:util';
import { getLakebasePostgresToken, type LakebaseTokenError } from 'lakebase-token';
import { type FaultName, faults, type Step } from 'lakebase-token/testing';
import { describe, expect, test, vi } from 'vitest';
import { runProgram } from './support/programs';
import { startWorkspace, useWorkspace } from './support/workspace';

async function rejection(): Promise<LakebaseTokenError> {
  return getLakebasePostgresToken().then(
    () => expect.unreachable('there is a token'),
    (error) => error,
  );
}

type Expected = Partial<Pick<LakebaseTokenError, 'code' | 'retryable' | 'status' | 'errorCode'>>;

const table: [FaultName, Step, Expected, RegExp][] = [
  [
    'invalidClient',
    'accessToken',
    {
      code: 'ERR_LAKEBASE_UNAUTHENTICATED',
      retryable: false,
      status: 401,
      errorCode: 'invalid_client',
    },
    /Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET/,
  ],
  [
    'unauthenticated',
    'postgresToken',
    {
      code: 'ERR_LAKEBASE_UNAUTHENTICATED',
      retryable: false,
      status: 401,
      errorCode: 'UNAUTHENTICATED',
    },
    /service principal/,
  ],
  [
    'invalidAccessToken',
    'postgresToken',
    { code: 'ERR_LAKEBASE_UNAUTHENTICATED', retryable: false, status: 403, errorCode: '403' },
    /Invalid access token/,
  ],
  [
    'invalidAccessTokenWithTextCode',
    'postgresToken',
    { code: 'ERR_LAKEBASE_UNAUTHENTICATED', retryable: false, status: 403, errorCode: '403' },
    /Invalid access token/,
  ],
  [
    'permissionDenied',
    'postgresToken',
    {
      code: 'ERR_LAKEBASE_FORBIDDEN',
      retryable: false,
      status: 403,
      errorCode: 'PERMISSION_DENIED',
    },
    /Grant the identity CAN USE .* projects\/test-project\/branches\/main\/endpoints\/primary/,
  ],
  [
    'notFound',
    'postgresToken',
    { code: 'ERR_LAKEBASE_NOT_FOUND', retryable: false, status: 404, errorCode: 'NOT_FOUND' },
    /Check LAKEBASE_ENDPOINT/,
  ],
  [
    'privateLink',
    'accessToken',
    { code: 'ERR_LAKEBASE_PROTOCOL', retryable: false, status: 302 },
    /private link/,
  ],
  ['loginPage', 'accessToken', { code: 'ERR_LAKEBASE_PROTOCOL', retryable: false }, /not JSON/],
];

test.each(table)('%s of the %s is told as what it is', async (fault, step, expected, message) => {
  const workspace = await startWorkspace();
  workspace.answer(step, { ...faults[fault], times: 2 });
  const error = await rejection();
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: 'LakebaseTokenError', ...expected });
  expect(error.message).toMatch(message);
  expect(error.stack).toContain(`LakebaseTokenError: ${error.message}`);
  // Nothing was repeated, but for an access token that was refused.
  const refused = workspace.requests.filter((request) => request.fault);
  expect(refused).toHaveLength(
    step === 'postgresToken' && error.code.endsWith('UNAUTHENTICATED') ? 2 : 1,
  );
});

test('the request id of the workspace is told', async () => {
  const workspace = await startWorkspace();
  workspace.answer('postgresToken', 'permissionDenied');
  expect((await rejection()).requestId).toBe(workspace.requests.at(-1)?.requestId);
});

test('an answer that cannot be used is told with its status and its request id, too', async () => {
  const workspace = await startWorkspace();
  workspace.answer('postgresToken', { body: { token: 'token-1', expire_time: 4102358400 } });
  const error = await rejection();
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_PROTOCOL', status: 200 });
  expect(error.requestId).toBe(workspace.requests.at(-1)?.requestId);
  expect(error.message).toContain('issued a Postgres token without a readable expire_time');
  expect(error.message).not.toContain('DATABRICKS_HOST');
});

test('an IP access list refuses an address, and neither a token nor a permission', async () => {
  const workspace = await startWorkspace();
  const message =
    'Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for workspace: 1 [ReqId: 0f0e]';
  workspace.answer('postgresToken', { status: 403, body: { error_code: 403, message }, times: 9 });
  const error = await rejection();
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_FORBIDDEN', status: 403, errorCode: '403' });
  expect(error.message).toContain(`answered 403: “${message}”. Add this machine's address`);
  expect(workspace.requests).toHaveLength(2);
});

test('every variable that is missing or invalid is named in one message', async () => {
  for (const name of ['DATABRICKS_HOST', 'DATABRICKS_TOKEN', 'DATABRICKS_CLIENT_SECRET']) {
    vi.stubEnv(name, '');
  }
  vi.stubEnv('LAKEBASE_ENDPOINT', 'projects/p/branches/b');
  vi.stubEnv('DATABRICKS_CLIENT_ID', 'client-1');
  const error = await rejection();
  vi.unstubAllEnvs();
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_CONFIG_MISSING', retryable: false });
  expect(error.message).toBe(
    'DATABRICKS_HOST is not set; LAKEBASE_ENDPOINT is not of the form ' +
      'projects/<project>/branches/<branch>/endpoints/<endpoint>, as `databricks postgres list-endpoints ' +
      'projects/<project>/branches/<branch>` prints it; DATABRICKS_CLIENT_ID is set but ' +
      'DATABRICKS_CLIENT_SECRET is not. Set DATABRICKS_HOST; correct LAKEBASE_ENDPOINT; set both ' +
      'DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or set DATABRICKS_TOKEN, or log in with ' +
      '`databricks auth login` and set DATABRICKS_CONFIG_PROFILE in the environment of this process.',
  );
});

test('a plain http host is refused before anything is sent', async () => {
  const workspace = await startWorkspace();
  useWorkspace(workspace, { DATABRICKS_HOST: 'http://workspace.test' });
  expect(await rejection()).toMatchObject({ code: 'ERR_LAKEBASE_CONFIG_INVALID' });
});

test('nothing that listens is an outage, told with its reason', async () => {
  await startWorkspace();
  // Not a port that was somebody's: another program may have it by now.
  const url = 'http://127.0.0.1:1';
  vi.stubEnv('DATABRICKS_HOST', url);
  const error = await rejection();
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_UNAVAILABLE', retryable: true });
  expect(error.message).toContain(`${url} cannot be reached: `);
  expect(error.message).toMatch(/refused/i);
  expect(error.cause).toBeInstanceOf(Error);
});

test('waiters share the error of their flight, and those who come next share it for a while', async () => {
  const workspace = await startWorkspace();
  workspace.answer('postgresToken', { ...faults.notFound, times: Infinity });
  const errors = await Promise.all([rejection(), rejection(), rejection()]);
  errors.push(await rejection(), await rejection());
  expect(new Set(errors.map((error) => error.requestId)).size).toBe(1);
  expect(workspace.requests).toHaveLength(2);
});

test('no rejection shows a secret, not even one that the workspace repeats', async () => {
  const secret = 'client secret+/%:canary';
  const workspace = await startWorkspace({ clientSecret: secret });
  const encoded = new URLSearchParams({ secret }).toString().slice('secret='.length);
  const basic = Buffer.from(`${workspace.env.DATABRICKS_CLIENT_ID}:${encoded}`).toString('base64');
  const message = `I was sent ${secret}, ${encoded}, Basic ${basic} and dapi0canary`;
  const bodies = [
    { error: 'invalid_client', error_description: message },
    { error_code: `BAD ${secret}`, message, details: [{ request_id: secret }] },
    `<html><title>${message}</title></html>`,
    `BAD_REQUEST: ${message}`,
    message,
    { access_token: message, expires_in: message },
  ];
  for (const body of bodies) {
    for (const status of [200, 302, 400, 401, 403, 404, 500]) {
      const again = await startWorkspace({ clientSecret: secret });
      again.answer('accessToken', {
        status,
        body,
        headers: { location: `/?${encoded}#${secret}` },
        times: Infinity,
      });
      const error = await rejection();
      const shown = [
        error.message,
        error.stack,
        JSON.stringify(error),
        inspect(error, { depth: 9, showHidden: true }),
        String(error.cause),
      ].join('\n');
      for (const hidden of [secret, encoded, basic, 'canary']) {
        expect(shown, `${status} ${JSON.stringify(body)}`).not.toContain(hidden);
      }
    }
  }
});

describe('where errors cannot be described, a call settles and the process ends', () => {
  const hostile = {
    'a stack that cannot be written': `
      Error.prepareStackTrace = () => { throw new Error('prepareStackTrace'); };`,
    'setters that throw': `
      for (const name of ['code', 'retryable', 'status', 'errorCode', 'cause', 'name']) {
        Object.defineProperty(Error.prototype, name, {
          configurable: true,
          set() { throw new Error('setter'); },
          get() { throw new Error('getter'); },
        });
      }`,
    'setters of all objects': `
      for (const name of ['token', 'expiresAt', 'promise', 'waiter', 'error', 'lastFailure']) {
        Object.defineProperty(Object.prototype, name, {
          configurable: true,
          set() { throw new Error('setter'); },
        });
      }`,
  };
  const ways: [string, Record<string, string>, string][] = [
    ['after a flight', {}, 'ERR_LAKEBASE_FORBIDDEN'],
    ['without one', { DATABRICKS_HOST: '' }, 'ERR_LAKEBASE_CONFIG_MISSING'],
  ];

  test.each(
    Object.entries(hostile).flatMap(([name, change]) =>
      ways.map(([way, env, code]) => ({ name, change, way, env, code })),
    ),
  )('$way, for $name', async ({ change, env, code }) => {
    const workspace = await startWorkspace();
    workspace.answer('postgresToken', { ...faults.permissionDenied, times: 9 });
    const program = `
      import * as tokens from 'lakebase-token';
      const { getLakebasePostgresToken, getLakebaseCredential, getLakebaseTokenStatus } = tokens;
      ${change}
      const calls = [getLakebasePostgresToken(), getLakebaseCredential(), getLakebasePostgresToken()];
      for (const { reason } of await Promise.allSettled(calls)) console.log(reason.code);
      console.log(getLakebaseTokenStatus().lastFailure.error.code);
    `;
    const {
      code: exitCode,
      stdout,
      stderr,
    } = await runProgram(program, { ...workspace.env, ...env });
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: `${code}\n`.repeat(4),
      stderr: '',
    });
  });
});
