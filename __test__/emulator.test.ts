import { readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import {
  type EmulatorOptions,
  type Fault,
  type FaultName,
  faults,
  startWorkspaceEmulator,
  type WorkspaceEmulator,
} from 'lakebase-token/testing';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';

const TOKEN_PATH = '/oidc/v1/token';
const CREDENTIALS_PATH = '/api/2.0/postgres/credentials';
const FORM = 'application/x-www-form-urlencoded';
const GRANT = { grant_type: 'client_credentials', scope: 'all-apis' };

async function started(options?: EmulatorOptions): Promise<WorkspaceEmulator> {
  const workspace = await startWorkspaceEmulator(options);
  onTestFinished(() => workspace.close());
  return workspace;
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON an answer holds
  json: any;
}

async function ask(
  workspace: WorkspaceEmulator,
  target: string,
  request: RequestInit,
): Promise<Answer> {
  const response = await fetch(workspace.url + target, { redirect: 'manual', ...request });
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  const json = isJson ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

const formEncoded = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);

function basic({ env }: WorkspaceEmulator, encode = formEncoded): string {
  const pair = [env.DATABRICKS_CLIENT_ID, env.DATABRICKS_CLIENT_SECRET].map(encode).join(':');
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

interface AccessTokenRequest {
  path?: string;
  method?: string;
  authorization?: string | null;
  contentType?: string;
  form?: string | Record<string, string>;
}

function askForAccessToken(workspace: WorkspaceEmulator, request: AccessTokenRequest = {}) {
  const { path: target = TOKEN_PATH, method = 'POST', contentType = FORM } = request;
  const { authorization = basic(workspace) } = request;
  const headers = new Headers({ 'content-type': contentType });
  if (authorization !== null) headers.set('authorization', authorization);
  const body = new URLSearchParams(request.form ?? GRANT).toString();
  return ask(workspace, target, { method, headers, body });
}

async function accessToken(workspace: WorkspaceEmulator): Promise<string> {
  if (workspace.env.DATABRICKS_TOKEN !== '') return workspace.env.DATABRICKS_TOKEN;
  return (await askForAccessToken(workspace)).json.access_token;
}

interface PostgresTokenRequest {
  authorization?: string;
  contentType?: string;
  /** Sent as it is when it is a string. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

async function askForPostgresToken(
  workspace: WorkspaceEmulator,
  request: PostgresTokenRequest = {},
) {
  const { contentType = 'application/json', signal } = request;
  const authorization = request.authorization ?? `Bearer ${await accessToken(workspace)}`;
  const body = 'body' in request ? request.body : { endpoint: workspace.env.LAKEBASE_ENDPOINT };
  return ask(workspace, CREDENTIALS_PATH, {
    method: 'POST',
    headers: { authorization, 'content-type': contentType, ...request.headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal,
  });
}

const statuses = async (count: number, send: () => Promise<Answer>) => {
  const seen: number[] = [];
  for (let sent = 0; sent < count; sent++) seen.push((await send()).status);
  return seen;
};

describe('the two steps', () => {
  it('client credentials buy an access token, which buys a Postgres token', async () => {
    const workspace = await started();
    const access = await askForAccessToken(workspace);
    expect(access.status).toBe(200);
    expect(access.json).toEqual({
      access_token: expect.stringMatching(/^access-token-1-[\w.-]+$/),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'all-apis',
    });
    const authorization = `Bearer ${access.json.access_token}`;
    const postgres = await askForPostgresToken(workspace, { authorization });
    expect(postgres.status).toBe(200);
    const [issued] = workspace.issuedTokens;
    expect(postgres.json).toEqual({
      token: issued?.token,
      expire_time: issued?.expiresAt.toISOString(),
    });
    expect(issued?.token).toMatch(/^postgres-token-1-[\w.-]{900,}$/);
    expect(issued?.number).toBe(1);
  });

  it('a personal token is the access token', async () => {
    const workspace = await started({ auth: 'personal-token' });
    expect(workspace.env).toMatchObject({ DATABRICKS_CLIENT_ID: '', DATABRICKS_CLIENT_SECRET: '' });
    expect((await askForPostgresToken(workspace)).status).toBe(200);
    const form = { ...GRANT, client_id: '', client_secret: '' };
    const refused = await askForAccessToken(workspace, { authorization: null, form });
    expect([refused.status, refused.json.error]).toEqual([401, 'invalid_client']);
  });

  it('credentials in the body are accepted, as fetch and the recipe send them', async () => {
    const workspace = await started();
    const response = await fetch(workspace.url + TOKEN_PATH, {
      method: 'POST',
      body: new URLSearchParams({
        ...GRANT,
        client_id: workspace.env.DATABRICKS_CLIENT_ID,
        client_secret: workspace.env.DATABRICKS_CLIENT_SECRET,
      }),
    });
    expect(response.status).toBe(200);
  });

  it('the default secret needs its encoding, a given one is taken as it is', async () => {
    const raw = (text: string) => text;
    const strict = await started();
    expect((await askForAccessToken(strict, { authorization: basic(strict, raw) })).status).toBe(
      401,
    );
    expect(strict.requests[0]?.reason).toMatch(/not form-url-encoded/);
    const real = await started({ clientSecret: 'dose0123456789abcdef' });
    expect((await askForAccessToken(real, { authorization: basic(real, raw) })).status).toBe(200);
  });

  it('tokens of two emulators differ', async () => {
    const [one, other] = [await started(), await started()];
    expect(await accessToken(one)).not.toBe(await accessToken(other));
    await askForPostgresToken(one);
    await askForPostgresToken(other);
    expect(one.issuedTokens[0]?.token).not.toBe(other.issuedTokens[0]?.token);
  });
});

/** As Databricks' SDKs go about it. */
async function discovered(workspace: WorkspaceEmulator) {
  const { json: config } = await ask(workspace, '/.well-known/databricks-config', {});
  const issuer = config.oidc_endpoint.replace('{account_id}', config.account_id);
  const document = '/.well-known/oauth-authorization-server';
  const { json: server } = await ask(workspace, below(workspace, issuer) + document, {});
  return { config, issuer, server };
}

const below = ({ url }: WorkspaceEmulator, target: string) => target.slice(url.length);

describe('OAuth discovery', () => {
  it('leads to the token endpoint', async () => {
    const workspace = await started({ workspaceId: '42' });
    const { config, server } = await discovered(workspace);
    expect(config).toMatchObject({ host_type: 'workspace', workspace_id: '42' });
    expect(server.token_endpoint).toBe(workspace.url + TOKEN_PATH);
    expect(workspace.requests.map(({ step, status }) => [step, status])).toEqual([
      [null, 200],
      [null, 200],
    ]);
  });

  it.each(['workspace', 'unified'] as const)('announces what a %s host has', async (hostType) => {
    const workspace = await started({ hostType });
    const { issuer, server } = await discovered(workspace);
    expect(server).toMatchObject({ issuer, response_types_supported: [] });
    // Databricks' SDK for JavaScript wants it named, and so it is there, to say that it is of no use.
    const refused = await ask(workspace, below(workspace, server.authorization_endpoint), {});
    expect([refused.status, refused.json.error]).toEqual([400, 'unsupported_response_type']);
  });
});

describe('a unified host', () => {
  const unified = (options?: EmulatorOptions) => started({ hostType: 'unified', ...options });
  const naming = (id: string) => ({ 'x-databricks-workspace-id': id });

  it('sends the account’s access token, and a Postgres token to who names the workspace', async () => {
    const workspace = await unified({ workspaceId: '7a99b43c-b46c-432b-b0a7-814217701909' });
    const { config, server } = await discovered(workspace);
    expect(config).toMatchObject({ host_type: 'unified' });
    expect(config).not.toHaveProperty('workspace_id');
    const tokenPath = below(workspace, server.token_endpoint);
    expect(tokenPath).toBe(`/oidc/accounts/${config.account_id}/v1/token`);
    const access = await askForAccessToken(workspace, { path: tokenPath });
    const authorization = `Bearer ${access.json.access_token}`;
    const { DATABRICKS_WORKSPACE_ID } = workspace.env;
    expect(DATABRICKS_WORKSPACE_ID).toBe('7a99b43c-b46c-432b-b0a7-814217701909');
    const headers = naming(DATABRICKS_WORKSPACE_ID);
    const { json } = await askForPostgresToken(workspace, { authorization, headers });
    expect(json.token).toBe(workspace.issuedTokens[0]?.token);
    expect(workspace.requests.slice(2).map(({ step, workspaceId }) => [step, workspaceId])).toEqual(
      [
        ['accessToken', undefined],
        ['postgresToken', DATABRICKS_WORKSPACE_ID],
      ],
    );
  });

  it('takes the older header too, and of two the newer one', async () => {
    const workspace = await unified({ auth: 'personal-token', workspaceId: '42' });
    const status = async (headers: Record<string, string>) =>
      (await askForPostgresToken(workspace, { headers })).status;
    expect(await status({ 'x-databricks-org-id': '42' })).toBe(200);
    expect(await status({ ...naming('42'), 'x-databricks-org-id': '43' })).toBe(200);
    expect(await status({ ...naming('43'), 'x-databricks-org-id': '42' })).toBe(403);
  });

  it.each([
    ['POST', TOKEN_PATH],
    ['POST', CREDENTIALS_PATH],
    ['POST', '/oidc/accounts/account-2/v1/token'],
    ['GET', '/oidc/.well-known/oauth-authorization-server'],
    ['GET', '/api/2.0/clusters/list'],
  ])('redirects %s %s, which names no workspace, to its login page', async (method, target) => {
    const workspace = await unified();
    const { status, text, headers } = await ask(workspace, target, { method });
    const location = headers.get('location') ?? '';
    expect([status, text]).toEqual([303, '']);
    expect(location).toBe(`/login?${new URLSearchParams({ next_url: target })}`);
    expect(workspace.requests[0]?.reason).toBe('The request names no workspace');
    expect((await ask(workspace, location, {})).text).toBe(faults.loginPage.body);
  });

  it('says what it has not to who names the workspace', async () => {
    const workspace = await unified();
    const headers = naming(workspace.env.DATABRICKS_WORKSPACE_ID);
    const { status, json } = await ask(workspace, '/api/2.0/clusters/list', { headers });
    expect([status, json.error_code]).toEqual([404, 'ENDPOINT_NOT_FOUND']);
  });

  it('is told by a script what its missing token endpoint says', async () => {
    const workspace = await unified();
    const missing = ['noOAuthConfig', { status: 404 }, 'loginPage'] as const;
    workspace.answer('accessToken', missing);
    const answers: [number, string][] = [];
    for (const _ of missing) {
      const { status, text } = await askForAccessToken(workspace);
      answers.push([status, text]);
    }
    expect(answers).toEqual([
      [400, 'Unable to load OAuth Config'],
      [404, ''],
      [200, faults.loginPage.body],
    ]);
  });
});

describe.each(['workspace', 'unified'] as const)('a host of the kind %s', (hostType) => {
  it('refuses whoever names another workspace', async () => {
    const workspace = await started({ hostType, auth: 'personal-token', workspaceId: '42' });
    const headers = { 'x-databricks-workspace-id': '43' };
    const { status, json } = await askForPostgresToken(workspace, { headers });
    expect([status, json]).toEqual([
      403,
      { error_code: '403', message: 'Unauthorized access to Org: 43' },
    ]);
    expect(workspace.requests).toMatchObject([
      { workspaceId: '43', reason: 'The request names the workspace 43, which is another one' },
    ]);
  });

  it('lets in who names its own', async () => {
    const workspace = await started({ hostType, auth: 'personal-token', workspaceId: '42' });
    const headers = { 'x-databricks-workspace-id': '42' };
    expect((await askForPostgresToken(workspace, { headers })).status).toBe(200);
  });
});

describe('scopes', () => {
  const MISSING = /^Provided (OAuth|PAT) token does not have required scopes: postgres$/;

  it.each([
    [undefined, 'all-apis'],
    [undefined, 'all-apis offline_access'],
    [undefined, 'postgres'],
    [['postgres'], 'postgres'],
    [['postgres', 'sql'], 'postgres sql'],
  ])('a secret of %j grants %j, which buys a Postgres token', async (scopes, scope) => {
    const workspace = await started({ scopes });
    const access = await askForAccessToken(workspace, { form: { ...GRANT, scope } });
    expect([access.status, access.json.scope]).toEqual([200, scope]);
    const authorization = `Bearer ${access.json.access_token}`;
    expect((await askForPostgresToken(workspace, { authorization })).status).toBe(200);
  });

  it('an access token without postgres buys none', async () => {
    const workspace = await started();
    const { json } = await askForAccessToken(workspace, { form: { ...GRANT, scope: 'sql' } });
    const authorization = `Bearer ${json.access_token}`;
    const refused = await askForPostgresToken(workspace, { authorization });
    const said = { error_code: 'PERMISSION_DENIED', message: expect.stringMatching(MISSING) };
    expect([refused.status, refused.json]).toEqual([403, expect.objectContaining(said)]);
  });

  it('a secret grants no scope that it has not', async () => {
    const workspace = await started({ scopes: ['postgres'] });
    const { status, json } = await askForAccessToken(workspace);
    const description = "Scopes 'all-apis' are not assigned to the OAuth secret";
    expect([status, json]).toEqual([
      403,
      { error: 'access_denied', error_description: description },
    ]);
  });

  it('a personal token can be limited too', async () => {
    const good = await started({ auth: 'personal-token', scopes: ['postgres'] });
    expect((await askForPostgresToken(good)).status).toBe(200);
    const poor = await started({ auth: 'personal-token', scopes: ['sql'] });
    const { status, json } = await askForPostgresToken(poor);
    expect([status, json.message]).toEqual([403, expect.stringMatching(MISSING)]);
  });

  it.each(['postgres', ['all apis'], [1]])('are a list of names: not %j', async (scopes) => {
    await expect(started({ scopes: scopes as never })).rejects.toThrow(/^scopes must be a list/);
  });
});

describe('an access token is refused for', () => {
  const withSecret = { ...GRANT, client_id: 'client-1', client_secret: 'client-secret-1' };
  const refusals: [string, AccessTokenRequest, number, string][] = [
    ['a JSON content type', { contentType: 'application/json' }, 400, 'invalid_request'],
    ['no grant type', { form: { scope: 'all-apis' } }, 400, 'invalid_request'],
    [
      'another grant',
      { form: { ...GRANT, grant_type: 'password' } },
      400,
      'unsupported_grant_type',
    ],
    ['no scope', { form: { grant_type: 'client_credentials' } }, 400, 'invalid_scope'],
    ['a scope that is none', { form: { ...GRANT, scope: 'all"apis' } }, 400, 'invalid_scope'],
    [
      'a repeated parameter',
      { form: 'grant_type=client_credentials&scope=all-apis&scope=all-apis' },
      400,
      'invalid_request',
    ],
    ['credentials in two places', { form: withSecret }, 400, 'invalid_request'],
    ['no credentials', { authorization: null }, 401, 'invalid_client'],
    [
      'wrong credentials in the body',
      { authorization: null, form: withSecret },
      401,
      'invalid_client',
    ],
    ['a bearer token', { authorization: 'Bearer access-token-1' }, 401, 'invalid_client'],
    ['credentials without a colon', { authorization: 'Basic Y2xpZW50' }, 401, 'invalid_client'],
    ['an unknown client', { authorization: 'Basic Y2xpZW50OnNlY3JldA==' }, 401, 'invalid_client'],
    ['a broken encoding', { authorization: 'Basic JXp6OiV6eg==' }, 401, 'invalid_client'],
  ];

  it.each(refusals)('%s', async (_, request, status, error) => {
    const workspace = await started();
    const answer = await askForAccessToken(workspace, request);
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({ error, error_description: expect.any(String) });
    expect(answer.headers.get('date')).not.toBeNull();
    expect(workspace.requests).toMatchObject([
      {
        step: 'accessToken',
        method: 'POST',
        path: TOKEN_PATH,
        status,
        reason: expect.any(String),
        requestId: answer.headers.get('x-request-id'),
      },
    ]);
  });
});

describe('a Postgres token is refused for', () => {
  const endpoint = 'projects/test-project/branches/main/endpoints/primary';
  const elsewhere = 'projects/test-project/branches/main/endpoints/other';
  const inAnHourAndAHalf = new Date(Date.now() + 5_400_000).toISOString();
  const claim = { permission_set: 'READ_ONLY', resources: [{ table_name: 'main.public.orders' }] };
  const refusals: [string, PostgresTokenRequest, number, string][] = [
    ['no scheme', { authorization: 'access-token-1' }, 401, 'UNAUTHENTICATED'],
    ['an unknown access token', { authorization: 'Bearer access-token-1' }, 401, 'UNAUTHENTICATED'],
    ['a form content type', { contentType: FORM }, 400, 'MALFORMED_REQUEST'],
    ['a body that is not JSON', { body: 'endpoint' }, 400, 'MALFORMED_REQUEST'],
    ['a body that is a list', { body: [] }, 400, 'MALFORMED_REQUEST'],
    ['no endpoint', { body: {} }, 400, 'INVALID_PARAMETER_VALUE'],
    ['an endpoint that is no text', { body: { endpoint: 1 } }, 400, 'INVALID_PARAMETER_VALUE'],
    [
      'an endpoint of the wrong shape',
      { body: { endpoint: 'primary' } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    ['an unknown endpoint', { body: { endpoint: elsewhere } }, 404, 'NOT_FOUND'],
    ['an unknown field', { body: { endpoint, instance: 'x' } }, 400, 'INVALID_PARAMETER_VALUE'],
    [
      'a ttl that is too short',
      { body: { endpoint, ttl: '299s' } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'a ttl that is too long',
      { body: { endpoint, ttl: '3601s' } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    ['a ttl without a unit', { body: { endpoint, ttl: 300 } }, 400, 'INVALID_PARAMETER_VALUE'],
    [
      'an expire_time that is no time',
      { body: { endpoint, expire_time: 'soon' } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'an expire_time too far away',
      { body: { endpoint, expire_time: inAnHourAndAHalf } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'ttl with expire_time',
      { body: { endpoint, ttl: '300s', expire_time: inAnHourAndAHalf } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'claims that are no list',
      { body: { endpoint, claims: claim } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'a claim to write',
      { body: { endpoint, claims: [{ ...claim, permission_set: 'WRITE' }] } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'a claim to resources that are no list',
      { body: { endpoint, claims: [{ ...claim, resources: null }] } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'a claim to no table',
      { body: { endpoint, claims: [{ ...claim, resources: [{}] }] } },
      400,
      'INVALID_PARAMETER_VALUE',
    ],
  ];

  it.each(refusals)('%s', async (_, request, status, errorCode) => {
    const workspace = await started({ auth: 'personal-token' });
    const answer = await askForPostgresToken(workspace, request);
    const requestId = answer.headers.get('x-request-id');
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({
      error_code: errorCode,
      message: expect.any(String),
      details: [{ '@type': 'type.googleapis.com/google.rpc.RequestInfo', request_id: requestId }],
    });
    expect(answer.headers.get('date')).not.toBeNull();
    expect(workspace.requests).toMatchObject([
      { step: 'postgresToken', status, reason: expect.any(String), requestId },
    ]);
    expect(workspace.issuedTokens).toEqual([]);
  });

  it.each([
    ['of the documented shape', claim],
    ['without resources, which are optional', { permission_set: 'READ_ONLY' }],
  ])('claims %s it is not', async (_, asked) => {
    const workspace = await started();
    const answer = await askForPostgresToken(workspace, { body: { endpoint, claims: [asked] } });
    expect(answer.status).toBe(200);
  });

  it('a charset it is not', async () => {
    const workspace = await started();
    const contentType = 'application/json; charset=utf-8';
    expect((await askForPostgresToken(workspace, { contentType })).status).toBe(200);
  });
});

describe('a request for something else', () => {
  it.each([
    ['GET', TOKEN_PATH],
    ['PUT', CREDENTIALS_PATH],
    ['POST', '/api/2.0/database/credentials'],
    ['POST', `${TOKEN_PATH}/`],
    ['GET', '//'],
  ])('%s %s is not found', async (method, target) => {
    const workspace = await started();
    const answer = await ask(workspace, target, { method });
    expect([answer.status, answer.json.error_code]).toEqual([404, 'ENDPOINT_NOT_FOUND']);
    expect(workspace.requests).toMatchObject([{ step: null, method, path: target, status: 404 }]);
  });

  it('a body of more than 1 MiB is too large', async () => {
    const workspace = await started();
    const answer = await askForPostgresToken(workspace, { body: ' '.repeat(1024 * 1024 + 1) });
    expect(answer.status).toBe(413);
  });

  it('records hold no secret', async () => {
    const workspace = await started();
    const secret = workspace.env.DATABRICKS_CLIENT_SECRET;
    await askForPostgresToken(workspace);
    await ask(workspace, `/login?${new URLSearchParams({ secret })}`, {});
    const recorded = JSON.stringify(workspace.requests);
    expect(workspace.requests).toHaveLength(3);
    expect(workspace.requests[2]?.path).toBe('/login');
    for (const part of [secret, formEncoded(secret), 'access-token', 'postgres-token', 'Bearer']) {
      expect(recorded).not.toContain(part);
    }
  });
});

describe('a look-up', () => {
  const POSTGRES = '/api/2.0/postgres';
  const ME = '/api/2.0/preview/scim/v2/Me';
  const ENDPOINT = 'projects/test-project/branches/main/endpoints/primary';

  async function lookUp(workspace: WorkspaceEmulator, target: string, scope = 'all-apis') {
    const isPersonal = workspace.env.DATABRICKS_TOKEN !== '';
    const token = isPersonal
      ? workspace.env.DATABRICKS_TOKEN
      : (await askForAccessToken(workspace, { form: { ...GRANT, scope } })).json.access_token;
    return ask(workspace, target, { headers: { authorization: `Bearer ${token}` } });
  }

  it('tells an endpoint', async () => {
    const workspace = await started();
    const { status, json } = await lookUp(workspace, `${POSTGRES}/${ENDPOINT}`);
    expect([status, json]).toEqual([
      200,
      {
        name: ENDPOINT,
        parent: 'projects/test-project/branches/main',
        endpoint_id: 'primary',
        status: {
          endpoint_id: 'primary',
          endpoint_type: 'ENDPOINT_TYPE_READ_WRITE',
          current_state: 'ACTIVE',
          disabled: false,
          hosts: {
            host: 'primary.main.test-project.database.test',
            read_write_pooled_host: 'primary-pooler.main.test-project.database.test',
          },
        },
      },
    ]);
    expect(workspace.requests.at(-1)).toMatchObject({ step: 'lookUp', status: 200 });
  });

  it.each([
    ['projects', { project_id: 'test-project', display_name: 'test-project' }],
    ['projects/test-project/branches', { branch_id: 'main', default: true }],
    ['projects/test-project/branches/main/endpoints', { endpoint_id: 'primary' }],
    [
      'projects/test-project/branches/main/databases',
      { database_id: 'databricks-postgres', postgres_database: 'databricks_postgres' },
    ],
  ])('tells the one of %s, in the list and by its name', async (list, status) => {
    const workspace = await started();
    const { json } = await lookUp(workspace, `${POSTGRES}/${list}`);
    const [field = ''] = list.split('/').slice(-1);
    expect(json).toEqual({ [field]: [expect.objectContaining({ status: expect.any(Object) })] });
    const [only] = json[field];
    expect(only.status).toMatchObject(status);
    expect((await lookUp(workspace, `${POSTGRES}/${only.name}`)).json).toEqual(only);
  });

  it.each([
    ['the client id', {}, ({ env }: WorkspaceEmulator) => env.DATABRICKS_CLIENT_ID],
    ['a developer', { auth: 'personal-token' as const }, () => 'developer@workspace.test'],
    ['whoever was meant', { postgres: { user: 'app@workspace.test' } }, () => 'app@workspace.test'],
  ])('tells who asks: %s', async (_, options, userName) => {
    const workspace = await started(options);
    const { status, headers, json } = await lookUp(workspace, ME);
    expect([status, json.userName]).toEqual([200, userName(workspace)]);
    expect(json.emails?.[0].value).toBe(json.userName.includes('@') ? json.userName : undefined);
    expect(headers.get('x-databricks-org-id')).toBe('1234567890123456');
  });

  it('tells of the Postgres that it was told of', async () => {
    const postgres = { host: '127.0.0.1', database: 'My_app' };
    const workspace = await started({ postgres });
    const endpoint = await lookUp(workspace, `${POSTGRES}/${ENDPOINT}`);
    expect(endpoint.json.status.hosts).toEqual({ host: '127.0.0.1' });
    const databases = `${POSTGRES}/projects/test-project/branches/main/databases`;
    const [database] = (await lookUp(workspace, databases)).json.databases;
    expect(database.status).toEqual({ database_id: 'my-app', postgres_database: 'My_app' });
  });

  const several = [
    ENDPOINT,
    'projects/test-project/branches/main/endpoints/replica',
    'projects/test-project/branches/feature/endpoints/primary',
    'projects/other/branches/main/endpoints/primary',
  ];
  const namesIn = (list: { name: string }[]) => list.map(({ name }) => name);

  it('tells several endpoints, of which each gives tokens and env has the first', async () => {
    const workspace = await started({ endpoint: several });
    expect(workspace.env.LAKEBASE_ENDPOINT).toBe(ENDPOINT);
    for (const endpoint of several) {
      expect((await askForPostgresToken(workspace, { body: { endpoint } })).status).toBe(200);
    }
    const list = async (parent: string, field: string) =>
      (await lookUp(workspace, `${POSTGRES}/${parent}${field}`)).json[field];
    expect(namesIn(await list('', 'projects'))).toEqual([
      'projects/test-project',
      'projects/other',
    ]);
    const branches = await list('projects/test-project/', 'branches');
    expect(namesIn(branches).map((name) => name.split('/')[3])).toEqual(['main', 'feature']);
    expect(
      branches.map(({ status }: Record<'status', { default: boolean }>) => status.default),
    ).toEqual([true, false]);
    const [, replica] = await list('projects/test-project/branches/main/', 'endpoints');
    expect(replica.status).toMatchObject({
      endpoint_type: 'ENDPOINT_TYPE_READ_ONLY',
      hosts: {
        host: 'replica.main.test-project.database.test',
        read_only_host: 'replica.main.test-project.database.test',
        read_only_pooled_host: 'replica-pooler.main.test-project.database.test',
      },
    });
  });

  it('tells a list in pages', async () => {
    const endpoint = ['a', 'b', 'c'].map((id) => `projects/${id}/branches/main/endpoints/primary`);
    const workspace = await started({ endpoint });
    const pages: string[][] = [];
    const query = new URLSearchParams({ page_size: '2' });
    for (let token: string | undefined = ''; token !== undefined; ) {
      query.set('page_token', token);
      const { json } = await lookUp(workspace, `${POSTGRES}/projects?${query}`);
      pages.push(namesIn(json.projects));
      token = json.next_page_token;
    }
    expect(pages).toEqual([['projects/a', 'projects/b'], ['projects/c']]);
  });

  it.each([
    ['an endpoint that it has not', `${ENDPOINT}-2`, 404, 'NOT_FOUND'],
    ['a list of a project that it has not', 'projects/other/branches', 404, 'NOT_FOUND'],
    ['a list that there is none of', `${ENDPOINT}/databases`, 404, 'ENDPOINT_NOT_FOUND'],
    ['a page of a size that is none', 'projects?page_size=-1', 400, 'INVALID_PARAMETER_VALUE'],
    ['a page that it never told of', 'projects?page_token=page-2', 400, 'INVALID_PARAMETER_VALUE'],
  ])('is refused for %s', async (_, target, status, errorCode) => {
    const workspace = await started();
    const answer = await lookUp(workspace, `${POSTGRES}/${target}`);
    expect([answer.status, answer.json.error_code]).toEqual([status, errorCode]);
  });

  it.each([`${POSTGRES}/${ENDPOINT}`, `${POSTGRES}/projects`, ME])(
    '%s wants an access token and, where there are several workspaces, its name',
    async (target) => {
      const workspace = await started();
      expect((await ask(workspace, target, {})).status).toBe(401);
      const headers = { 'x-databricks-workspace-id': '43' };
      expect((await ask(workspace, target, { headers })).status).toBe(403);
      const unified = await started({ hostType: 'unified' });
      expect((await ask(unified, target, {})).status).toBe(303);
    },
  );

  it('of Postgres is one of the scope postgres, and of any scope who asks', async () => {
    const workspace = await started();
    const status = async (target: string, scope: string) =>
      (await lookUp(workspace, target, scope)).status;
    expect(await status(`${POSTGRES}/${ENDPOINT}`, 'sql')).toBe(403);
    expect(await status(`${POSTGRES}/${ENDPOINT}`, 'postgres')).toBe(200);
    expect(await status(ME, 'sql')).toBe(200);
  });

  it('is a step, whose answers can be scripted', async () => {
    const workspace = await started();
    workspace.answer('lookUp', ['permissionDenied', 'unavailable']);
    const seen = await statuses(3, () => lookUp(workspace, `${POSTGRES}/${ENDPOINT}`));
    expect(seen).toEqual([403, 503, 200]);
  });
});

describe('lifetimes', () => {
  it('an access token is refused from its expiry on', async () => {
    const workspace = await started({ lifetimeMs: { accessToken: 1 } });
    const authorization = `Bearer ${await accessToken(workspace)}`;
    await vi.waitFor(async () => {
      expect((await askForPostgresToken(workspace, { authorization })).status).toBe(401);
    });
    expect(workspace.requests.at(-1)?.reason).toBe('The access token is expired');
  });

  it.each([
    [999, 1],
    [1999, 1],
    [2000, 2],
  ])('an access token of %d ms is announced with %d s', async (lifetimeMs, expiresIn) => {
    const workspace = await started({ lifetimeMs: { accessToken: lifetimeMs } });
    expect((await askForAccessToken(workspace)).json.expires_in).toBe(expiresIn);
  });

  const lifetimeOf = (answer: Answer) =>
    Date.parse(answer.json.expire_time) - Date.parse(answer.headers.get('date') ?? '');

  it('a Postgres token lives as long as it was told, until told otherwise', async () => {
    const workspace = await started({ lifetimeMs: { postgresToken: 90_500 } });
    // The date is rounded down to a whole second.
    expect(Math.floor(lifetimeOf(await askForPostgresToken(workspace)) / 2000)).toBe(45);
    workspace.setLifetime({ postgresToken: 7_200_000 });
    expect(Math.floor(lifetimeOf(await askForPostgresToken(workspace)) / 2000)).toBe(3600);
    expect((await askForAccessToken(workspace)).json.expires_in).toBe(3600);
  });

  it('a ttl or an expire_time in the request goes before it', async () => {
    const workspace = await started();
    const endpoint = workspace.env.LAKEBASE_ENDPOINT;
    const withTtl = await askForPostgresToken(workspace, { body: { endpoint, ttl: '300s' } });
    expect(Math.floor(lifetimeOf(withTtl) / 2000)).toBe(150);
    const expireTime = new Date(Date.now() + 600_000).toISOString();
    await askForPostgresToken(workspace, { body: { endpoint, expire_time: expireTime } });
    expect(workspace.issuedTokens[1]?.expiresAt.toISOString()).toBe(expireTime);
  });

  it('a revoked access token is refused, the next one is not', async () => {
    const workspace = await started();
    const authorization = `Bearer ${await accessToken(workspace)}`;
    workspace.revokeAccessTokens();
    expect((await askForPostgresToken(workspace, { authorization })).status).toBe(401);
    expect((await askForPostgresToken(workspace)).status).toBe(200);
  });

  it('a personal token can be revoked, and nothing replaces it', async () => {
    const workspace = await started({ auth: 'personal-token' });
    workspace.revokeAccessTokens();
    expect((await askForPostgresToken(workspace)).status).toBe(401);
  });

  it('a skewed clock shows in the date and in expire_time, and nowhere else', async () => {
    const workspace = await started({ clockSkewMs: -7_200_000 });
    const before = Date.now();
    const answer = await askForPostgresToken(workspace);
    const date = Date.parse(answer.headers.get('date') ?? '') + 7_200_000;
    expect(date).toBeGreaterThan(before - 1000);
    expect(date).toBeLessThanOrEqual(Date.now());
    const [issued] = workspace.issuedTokens;
    expect(Date.parse(answer.json.expire_time)).toBe(Number(issued?.expiresAt) - 7_200_000);
    workspace.setClockSkew(0);
    const level = await askForPostgresToken(workspace);
    expect(level.json.expire_time).toBe(workspace.issuedTokens[1]?.expiresAt.toISOString());
  });
});

describe('faults', () => {
  const scripts: [string, Parameters<WorkspaceEmulator['answer']>[1], number[]][] = [
    ['one is met once', 'unavailable', [503, 200, 200]],
    ['one is met as often as it says', { ...faults.rateLimited, times: 2 }, [429, 429, 200]],
    ['one may never end', { ...faults.notFound, times: Infinity }, [404, 404, 404]],
    ['a list is met in order', ['unauthenticated', { status: 500 }], [401, 500, 200]],
    ['none is none', null, [200, 200, 200]],
  ];

  it('a refusal for too many requests asks for a second of patience', async () => {
    const workspace = await started();
    workspace.answer('postgresToken', 'rateLimited');
    expect((await askForPostgresToken(workspace)).headers.get('retry-after')).toBe('1');
  });

  it.each(scripts)('%s', async (_, script, expected) => {
    const workspace = await started();
    workspace.answer('postgresToken', script);
    expect(await statuses(3, () => askForPostgresToken(workspace))).toEqual(expected);
    const faulty = workspace.requests.filter((request) => request.fault === true);
    expect(faulty).toHaveLength(expected.filter((status) => status !== 200).length);
  });

  it('a later script replaces an earlier one', async () => {
    const workspace = await started();
    workspace.answer('accessToken', { status: 500, times: Infinity });
    workspace.answer('accessToken', 'throttledOAuth');
    expect(await statuses(2, () => askForAccessToken(workspace))).toEqual([400, 200]);
    workspace.answer('accessToken', 'unavailable');
    workspace.answer('accessToken', null);
    expect(await statuses(1, () => askForAccessToken(workspace))).toEqual([200]);
  });

  it('one step meets its own only, and other requests none', async () => {
    const workspace = await started();
    workspace.answer('postgresToken', { status: 500, times: Infinity });
    expect((await askForAccessToken(workspace)).status).toBe(200);
    expect((await ask(workspace, CREDENTIALS_PATH, { method: 'GET' })).status).toBe(404);
  });

  const named = (Object.entries(faults) as [FaultName, Fault][]).filter(([, it]) => it.status);

  it.each(named)('%s is answered with its status and body', async (name, fault) => {
    const workspace = await started();
    workspace.answer('accessToken', name);
    const answer = await askForAccessToken(workspace);
    expect(answer.status).toBe(fault.status);
    for (const [header, value] of Object.entries(fault.headers ?? {})) {
      expect(answer.headers.get(header)).toBe(value);
    }
    if (typeof fault.body === 'function') {
      expect(answer.json).toEqual(fault.body(answer.headers.get('x-request-id') ?? ''));
    } else {
      expect(answer.json ?? answer.text).toEqual(fault.body ?? '');
    }
    expect(answer.headers.get('date')).not.toBeNull();
  });

  it('a blocked private link leads to a login page for whoever follows', async () => {
    const workspace = await started();
    workspace.answer('postgresToken', 'privateLink');
    const { location } = Object.fromEntries((await askForPostgresToken(workspace)).headers);
    expect(location).toBe('/login.html?error=private-link-validation-error');
    expect((await ask(workspace, location ?? '', {})).text).toBe(faults.loginPage.body);
  });

  it('headers alone change those of the normal answer', async () => {
    const workspace = await started();
    workspace.answer('postgresToken', { headers: { Date: null, 'X-Request-Id': 'request-1' } });
    const answer = await askForPostgresToken(workspace);
    expect(answer.json.token).toBe(workspace.issuedTokens[0]?.token);
    expect(answer.headers.get('date')).toBeNull();
    expect(answer.headers.get('x-request-id')).toBe('request-1');
  });

  it('a body is sent as it is, or as JSON', async () => {
    const workspace = await started();
    workspace.answer('accessToken', [
      { body: 'text' },
      { body: Buffer.from('bytes') },
      { body: { expires_in: '3600' } },
      { status: 204 },
    ]);
    const texts: [number, string][] = [];
    for (let sent = 0; sent < 4; sent++) {
      const { status, text } = await askForAccessToken(workspace);
      texts.push([status, text]);
    }
    expect(texts).toEqual([
      [200, 'text'],
      [200, 'bytes'],
      [200, '{"expires_in":"3600"}'],
      [204, ''],
    ]);
  });

  it.each(['close', 'reset'] as const)(
    '%s cuts the exchange and issues no token',
    async (fault) => {
      const workspace = await started({ auth: 'personal-token' });
      workspace.answer('postgresToken', fault);
      await expect(askForPostgresToken(workspace)).rejects.toThrow('fetch failed');
      expect(workspace.requests).toMatchObject([{ fault: true, status: undefined }]);
      expect(workspace.issuedTokens).toEqual([]);
    },
  );

  it.each(['truncate', 'resetMidBody'] as const)('%s cuts the body', async (fault) => {
    const workspace = await started({ auth: 'personal-token' });
    workspace.answer('postgresToken', fault);
    await expect(askForPostgresToken(workspace)).rejects.toThrow();
    await vi.waitFor(() => expect(workspace.requests[0]?.status).toBe(200));
    expect(workspace.issuedTokens).toHaveLength(1);
    expect((await askForPostgresToken(workspace)).status).toBe(200);
  });

  it('drip sends the answer byte by byte', async () => {
    const workspace = await started();
    workspace.answer('accessToken', { body: 'drop', delivery: 'drip', everyMs: 10 });
    const start = performance.now();
    const answer = await askForAccessToken(workspace);
    expect([answer.text, answer.headers.get('content-length')]).toEqual(['drop', '4']);
    // A timer may fire a millisecond early.
    expect(performance.now() - start).toBeGreaterThan(36);
  });

  it('oversize pads the answer with white space', async () => {
    const workspace = await started();
    workspace.answer('accessToken', [{ delivery: 'oversize', bytes: 3_000_000 }, 'oversize']);
    const answer = await askForAccessToken(workspace);
    expect(answer.text).toHaveLength(3_000_000);
    expect(answer.json.token_type).toBe('Bearer');
    expect((await askForAccessToken(workspace)).text).toHaveLength(10 * 1024 * 1024);
  });

  it('a delay comes before the answer, on top of the latency', async () => {
    const workspace = await started({ latencyMs: 20 });
    workspace.answer('accessToken', { delayMs: 30 });
    const elapsed = async () => {
      const start = performance.now();
      expect((await askForAccessToken(workspace)).status).toBe(200);
      return performance.now() - start;
    };
    // A timer may fire a millisecond early.
    expect(await elapsed()).toBeGreaterThan(48);
    expect(await elapsed()).toBeGreaterThan(18);
  });

  const mistakes: [string, unknown][] = [
    ['an unknown name', 'unavailible'],
    ['an unknown field', { delay: 5 }],
    ['an unknown delivery', { delivery: 'pigeon' }],
    ['no times', { times: 0 }],
    ['a number', 503],
  ];

  it.each(mistakes)('%s is a TypeError', async (_, fault) => {
    const workspace = await started();
    expect(() => workspace.answer('accessToken', fault as Fault)).toThrow(TypeError);
  });
});

describe('the emulator', () => {
  afterEach(() => vi.useRealTimers());

  it.each([
    [{}, ['CLIENT_ID', 'CLIENT_SECRET', 'HOST']],
    [{ auth: 'personal-token' as const }, ['HOST', 'TOKEN']],
    [{ hostType: 'unified' as const }, ['CLIENT_ID', 'CLIENT_SECRET', 'HOST', 'WORKSPACE_ID']],
  ])(
    'with %j has variables for one identity, and empty ones for all others',
    async (options, of) => {
      const { env } = await started(options);
      const set = Object.entries(env).filter(([, value]) => value !== '');
      const names = set.map(([name]) => name.replace(/^DATABRICKS_/, '')).sort();
      expect(names).toEqual([...of, 'LAKEBASE_ENDPOINT'].sort());
      for (const stray of ['AUTH_TYPE', 'CONFIG_PROFILE', 'CONFIG_FILE', 'OIDC_TOKEN_FILEPATH']) {
        expect(env).toHaveProperty(`DATABRICKS_${stray}`, '');
      }
    },
  );

  it('awaits the hook before a Postgres token leaves', async () => {
    const heard: number[] = [];
    let told = () => {};
    const workspace = await started({
      onPostgresToken: async ({ number, token }) => {
        expect(token).toBe(workspace.issuedTokens[number - 1]?.token);
        await new Promise<void>((resolve) => {
          told = resolve;
        });
        heard.push(number);
      },
    });
    const answer = askForPostgresToken(workspace).then(() => heard.push(0));
    await vi.waitFor(() => expect(workspace.issuedTokens).toHaveLength(1));
    told();
    await answer;
    expect(heard).toEqual([1, 0]);
  });

  it('answers 500 with the message of a hook that throws', async () => {
    const workspace = await started({
      onPostgresToken: () => {
        throw new Error('no such role');
      },
    });
    const answer = await askForPostgresToken(workspace);
    expect([answer.status, answer.json.message]).toEqual([500, 'onPostgresToken: no such role']);
    expect(workspace.requests.at(-1)?.reason).toBe('onPostgresToken: no such role');
  });

  it.each<[string, Fault | FaultName]>([
    ['hung', 'hang'],
    ['delayed', { delayMs: 3_600_000 }],
    ['dripping', { delivery: 'drip', everyMs: 3_600_000 }],
    ['oversize', { delivery: 'oversize', bytes: 2 ** 40 }],
  ])('closes at once over a %s request, and again', async (_, fault) => {
    const workspace = await startWorkspaceEmulator({ auth: 'personal-token' });
    workspace.answer('postgresToken', fault);
    const cut = expect(askForPostgresToken(workspace)).rejects.toThrow();
    await vi.waitFor(() => expect(workspace.requests).toHaveLength(1));
    await workspace.close();
    await workspace.close();
    await cut;
    await expect(fetch(workspace.url)).rejects.toThrow('fetch failed');
  });

  it('outlives a client that leaves', async () => {
    const workspace = await started({ auth: 'personal-token' });
    workspace.answer('postgresToken', [{ delayMs: 3_600_000 }, 'hang']);
    for (const requests of [1, 2]) {
      const leaving = new AbortController();
      const { signal } = leaving;
      const left = expect(askForPostgresToken(workspace, { signal })).rejects.toThrow();
      await vi.waitFor(() => expect(workspace.requests).toHaveLength(requests));
      leaving.abort();
      await left;
    }
    expect((await askForPostgresToken(workspace)).status).toBe(200);
  });

  it('is closed by its disposal', async () => {
    const workspace = await startWorkspaceEmulator();
    await workspace[Symbol.asyncDispose]();
    await expect(fetch(workspace.url)).rejects.toThrow('fetch failed');
  });

  it('keeps its own time under fake timers', async () => {
    const workspace = await started({ auth: 'personal-token', latencyMs: 1 });
    vi.useFakeTimers({ now: 0 });
    const request = askForPostgresToken(workspace);
    vi.useRealTimers();
    await request;
    expect(Number(workspace.issuedTokens[0]?.expiresAt)).toBeGreaterThan(Date.now());
  });

  it('speaks TLS with the certificate it was given, and can reset that too', async () => {
    const pem = (name: string) =>
      readFileSync(path.join(__dirname, '../support/tls', name), 'utf8');
    const workspace = await started({
      tls: { key: pem('test-only-server.key'), cert: pem('test-only-server.pem') },
    });
    expect(workspace.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(workspace.env.DATABRICKS_HOST).toBe(workspace.url);
    const status = () =>
      new Promise<number | undefined>((resolve, reject) => {
        https
          .request(workspace.url + TOKEN_PATH, { method: 'POST', ca: pem('test-only-ca.pem') })
          .on('response', (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    workspace.answer('accessToken', ['unavailable', 'reset']);
    expect(await status()).toBe(503);
    await expect(status()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  const mistakes: [string, unknown][] = [
    ['an unknown option', { latency: 5 }],
    ['an unknown identity', { auth: 'oauth' }],
    ['an endpoint of the wrong shape', { endpoint: 'primary' }],
    ['no endpoint', { endpoint: [] }],
    ['a port of Postgres', { postgres: { port: 5432 } }],
    ['a nameless database', { postgres: { database: '' } }],
    ['an unknown host', { hostType: 'account' }],
    ['a workspace that no header names', { workspaceId: '4 2' }],
    ['a workspace that means none', { workspaceId: 'none' }],
    ['an unknown lifetime', { lifetimeMs: { token: 1 } }],
    ['a lifetime of nothing', { lifetimeMs: { accessToken: 0 } }],
    ['a negative latency', { latencyMs: -1 }],
  ];

  it.each(mistakes)('does not start with %s', async (_, options) => {
    await expect(startWorkspaceEmulator(options as EmulatorOptions)).rejects.toThrow(TypeError);
  });

  it('knows four steps', async () => {
    const workspace = await started();
    expect(() => workspace.answer('token' as 'accessToken', null)).toThrow(
      'There is no step token. Use accessToken, postgresToken, lookUp, idToken.',
    );
  });
});
