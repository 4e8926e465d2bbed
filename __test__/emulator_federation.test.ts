import {
  type EmulatorOptions,
  type IdTokenClaims,
  startWorkspaceEmulator,
  type WorkspaceEmulator,
} from 'lakebase-token/testing';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const TOKEN_PATH = '/oidc/v1/token';
const ACCOUNT = '00000000-0000-0000-0000-000000000000';
const UNIFIED_TOKEN_PATH = `/oidc/accounts/${ACCOUNT}/v1/token`;
const GITHUB = 'https://token.actions.githubusercontent.com';

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

async function started(options: EmulatorOptions = {}): Promise<WorkspaceEmulator> {
  const workspace = await startWorkspaceEmulator({ auth: 'federation', ...options });
  onTestFinished(() => workspace.close());
  return workspace;
}

interface Asked {
  path?: string;
  /** In place of what a good request has; undefined leaves a parameter out. */
  form?: Record<string, string | undefined>;
  headers?: Record<string, string>;
}

async function exchange(workspace: WorkspaceEmulator, { path = TOKEN_PATH, ...asked }: Asked = {}) {
  const form = {
    grant_type: EXCHANGE,
    subject_token_type: JWT,
    subject_token: workspace.env.DATABRICKS_OIDC_TOKEN,
    client_id: workspace.env.DATABRICKS_CLIENT_ID,
    scope: 'all-apis',
    ...asked.form,
  };
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    if (value !== undefined) body.set(name, value);
  }
  const { headers } = asked;
  return answered(fetch(workspace.url + path, { method: 'POST', headers, body }));
}

async function answered(sent: Promise<Response>) {
  const response = await sent;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON an answer holds
  const json: any = await response.json();
  return { status: response.status, headers: response.headers, json };
}

const withIdToken = (
  workspace: WorkspaceEmulator,
  subject_token: string,
  form?: Record<string, string | undefined>,
) => exchange(workspace, { form: { subject_token, ...form } });

function claimsIn(idToken: string): IdTokenClaims {
  return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
}

function headerOf(idToken: string) {
  return JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString());
}

async function userOf(workspace: WorkspaceEmulator, accessToken: string) {
  const headers = { authorization: `Bearer ${accessToken}` };
  const { json } = await answered(
    fetch(`${workspace.url}/api/2.0/preview/scim/v2/Me`, { headers }),
  );
  return json.userName;
}

const askForPostgresToken = (workspace: WorkspaceEmulator, accessToken: string, id?: string) =>
  answered(
    fetch(`${workspace.url}/api/2.0/postgres/credentials`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${accessToken}`,
        'content-type': 'application/json',
        ...(id !== undefined && { 'x-databricks-workspace-id': id }),
      },
      body: JSON.stringify({ endpoint: workspace.env.LAKEBASE_ENDPOINT }),
    }),
  );

describe('an exchange', () => {
  it.each([
    ['workspace', TOKEN_PATH],
    ['unified', UNIFIED_TOKEN_PATH],
  ] as const)(
    'on a %s host buys an access token, and that a Postgres token',
    async (hostType, path) => {
      const workspace = await started({ hostType });
      const { status, headers, json } = await exchange(workspace, { path });
      expect([status, json]).toEqual([
        200,
        {
          access_token: expect.stringMatching(/^access-token-1-[\w.-]+$/),
          token_type: 'Bearer',
          expires_in: 3600,
          scope: 'all-apis',
        },
      ]);
      expect(headers.get('cache-control')).toBe('no-store');
      const id = '1234567890123456';
      const postgres = await askForPostgresToken(workspace, json.access_token, id);
      expect(postgres.json.token).toBe(workspace.issuedTokens[0]?.token);
    },
  );

  it('is one of the grants that discovery announces, with the audience to ask for', async () => {
    const workspace = await started();
    const get = async (path: string) => (await answered(fetch(workspace.url + path))).json;
    const server = await get('/oidc/.well-known/oauth-authorization-server');
    expect(server.grant_types_supported).toEqual(['client_credentials', EXCHANGE]);
    const config = await get('/.well-known/databricks-config');
    expect(config.token_federation_default_oidc_audiences).toEqual([server.token_endpoint]);
    expect(claimsIn(workspace.env.DATABRICKS_OIDC_TOKEN).aud).toBe(server.token_endpoint);
  });

  it('is for the service principal, which has no secret', async () => {
    const workspace = await started();
    const { env } = workspace;
    const set = Object.entries(env).filter(([, value]) => value !== '');
    expect(set.map(([name]) => name).sort()).toEqual([
      'DATABRICKS_CLIENT_ID',
      'DATABRICKS_HOST',
      'DATABRICKS_OIDC_TOKEN',
      'LAKEBASE_ENDPOINT',
    ]);
    const { json } = await exchange(workspace);
    expect(await userOf(workspace, json.access_token)).toBe(env.DATABRICKS_CLIENT_ID);
    const grant_type = 'client_credentials';
    const refused = await exchange(workspace, { form: { grant_type, client_secret: 'secret-1' } });
    expect([refused.status, refused.json.error]).toEqual([401, 'invalid_client']);
    expect(workspace.requests.at(-1)?.reason).toMatch(/^The client has no secret/);
  });

  it('is asked for a scope, like client credentials', async () => {
    const workspace = await started({ scopes: ['postgres'] });
    const scope = async (asked: string | undefined) => {
      const { status, json } = await exchange(workspace, { form: { scope: asked } });
      return [status, json.error ?? json.scope];
    };
    expect(await scope('postgres')).toEqual([200, 'postgres']);
    expect(await scope('all-apis')).toEqual([403, 'access_denied']);
    expect(await scope(undefined)).toEqual([400, 'invalid_scope']);
  });

  it('can be scripted, and is recorded all the same', async () => {
    const workspace = await started();
    workspace.answer('accessToken', 'throttledOAuth');
    expect((await exchange(workspace)).status).toBe(400);
    expect((await exchange(workspace)).status).toBe(200);
    expect(workspace.requests).toMatchObject([
      { fault: true, grantType: EXCHANGE, idTokenClaims: { sub: 'workload-1' } },
      { status: 200, grantType: EXCHANGE, idTokenClaims: { sub: 'workload-1' } },
    ]);
  });
});

describe('an exchange is refused for', () => {
  const refusals: [string, Asked, number, string][] = [
    [
      'an Authorization',
      { headers: { authorization: 'Basic Y2xpZW50Og==' } },
      400,
      'invalid_request',
    ],
    ['a client secret', { form: { client_secret: 'secret-1' } }, 400, 'invalid_request'],
    ['no ID token', { form: { subject_token: undefined } }, 400, 'invalid_request'],
    ['an empty ID token', { form: { subject_token: '' } }, 400, 'invalid_request'],
    ['no type of token', { form: { subject_token_type: undefined } }, 400, 'invalid_request'],
    [
      'another type of token',
      { form: { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' } },
      400,
      'invalid_request',
    ],
    [
      'a JSON content type',
      { headers: { 'content-type': 'application/json' } },
      400,
      'invalid_request',
    ],
    ['another grant', { form: { grant_type: 'password' } }, 401, 'invalid_client'],
    ['an unknown client', { form: { client_id: 'client-2' } }, 401, 'invalid_client'],
    [
      'no client, without an account’s policy',
      { form: { client_id: undefined } },
      401,
      'invalid_grant',
    ],
    ['an empty client id, which is none', { form: { client_id: '' } }, 401, 'invalid_grant'],
  ];

  it.each(refusals)('%s', async (_, asked, status, error) => {
    const workspace = await started();
    const answer = await exchange(workspace, asked);
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({ error, error_description: expect.any(String) });
    expect(workspace.requests).toMatchObject([
      { step: 'accessToken', status, reason: expect.any(String) },
    ]);
  });

  const encoded = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const noJwts: [string, string][] = [
    ['a text', 'id-token-1'],
    ['two parts', `${encoded({ alg: 'RS256' })}.${encoded({})}`],
    ['five parts, which are of an encrypted one', 'a.b.c.d.e'],
    ['no signature', `${encoded({ alg: 'none' })}.${encoded({})}.`],
    ['a header that is no JSON', `bm9uZQ.${encoded({})}.c2ln`],
    ['claims that are a list', `${encoded({ alg: 'RS256' })}.${encoded([])}.c2ln`],
    ['base64 that is not of URLs', `${encoded({ alg: 'RS256' })}.e30=.c2ln`],
    ['a newline after it', `${encoded({ alg: 'RS256' })}.${encoded({})}.c2ln\n`],
  ];

  it.each(noJwts)('an ID token that is no JWT: %s', async (_, idToken) => {
    const workspace = await started();
    const { status, json } = await withIdToken(workspace, idToken);
    const error_description = 'The ID token is not a JWT';
    expect([status, json]).toEqual([401, { error: 'invalid_grant', error_description }]);
  });

  const algorithms = ['none', 'HS256', 'ES384', 'PS256', 'rs256', undefined];

  it.each(algorithms)('the algorithm %s', async (alg) => {
    const workspace = await started();
    const { status, json } = await withIdToken(workspace, workspace.issueIdToken({}, { alg }));
    expect([status, json.error]).toEqual([401, 'invalid_grant']);
    const reason = `The ID token is not signed with RS256 or ES256, but with ${alg}`;
    expect(workspace.requests[0]?.reason).toBe(reason);
  });

  const wrong: [string, Record<string, unknown>, RegExp][] = [
    [
      'another issuer',
      { iss: 'https://other.test' },
      /^The issuer .* https:\/\/other\.test instead of https:\/\/issuer\.test or https:\/\/token/,
    ],
    [
      'an issuer with a slash',
      { iss: 'https://issuer.test/' },
      /^The issuer of the ID token matches/,
    ],
    ['no issuer', { iss: undefined }, /^The issuer .* for it is undefined/],
    [
      'another subject',
      { sub: 'workload-2' },
      /^The subject .* is workload-2 instead of workload-1$/,
    ],
    ['no subject', { sub: undefined }, /^The subject of the ID token matches/],
    [
      'another policy’s subject',
      { iss: GITHUB },
      /^The subject .* is workload-1 instead of repo:org/,
    ],
    [
      'another audience',
      { aud: 'https://other.test' },
      /^The audience .* is https:\/\/other\.test instead of http:\/\/127\.0\.0\.1:\d+\/oidc\/v1\/token or 0000/,
    ],
    ['no audience of several', { aud: ['a', 'b'] }, /^The audience .* is a or b instead of/],
    ['no audience', { aud: undefined }, /^The audience of the ID token matches/],
    ['no audience at all', { aud: [] }, /^The audience of the ID token matches/],
    ['no expiry', { exp: undefined }, /^The ID token has no expiry$/],
    ['an expiry that is a text', { exp: '4102444800' }, /^The ID token has no expiry$/],
    ['an expiry a second ago', { exp: inSeconds(-1) }, /^The ID token is expired, since \d{4}-/],
    [
      'an expiry beyond all dates, before now',
      { exp: -1e300 },
      /^The ID token is expired, since -1e/,
    ],
    [
      'a beginning to come',
      { nbf: inSeconds(120) },
      /^The ID token is not valid yet, but from \d{4}-/,
    ],
    [
      'a beginning that is a text',
      { nbf: 'now' },
      /^The ID token is not valid yet, but from now on$/,
    ],
  ];

  it.each(wrong)('%s', async (_, claims, reason) => {
    const workspace = await started();
    const { status, json } = await withIdToken(workspace, workspace.issueIdToken(claims));
    expect([status, json.error]).toEqual([401, 'invalid_grant']);
    expect(workspace.requests[0]?.reason).toMatch(reason);
    // What the claims are is for the test, not for the client.
    expect(workspace.requests[0]?.reason?.startsWith(json.error_description)).toBe(true);
  });

  it.each(['client-credentials', 'personal-token'] as const)(
    'a workspace of the identity %s, which has no policy',
    async (auth) => {
      const workspace = await started({ auth });
      const { status } = await withIdToken(workspace, workspace.issueIdToken());
      expect(status).toBe(401);
      expect(workspace.requests[0]?.reason).toMatch(/has no federation policy/);
    },
  );
});

describe('an exchange takes', () => {
  const good: [string, (workspace: WorkspaceEmulator) => Record<string, unknown>][] = [
    ['the account’s id as the audience', () => ({ aud: ACCOUNT })],
    ['one audience of several', ({ url }) => ({ aud: ['elsewhere', url + TOKEN_PATH] })],
    ['an expiry of a fraction', () => ({ exp: inSeconds(60) + 0.5 })],
    ['no beginning', () => ({ nbf: undefined })],
    ['a beginning that was', () => ({ nbf: inSeconds(-60) })],
    ['claims that it does not know', () => ({ groups: ['a'], iat: 'never', jti: undefined })],
  ];

  it.each(good)('%s', async (_, claims) => {
    const workspace = await started();
    const idToken = workspace.issueIdToken(claims(workspace) as IdTokenClaims);
    expect((await withIdToken(workspace, idToken)).status).toBe(200);
  });

  it('what is signed with ES256, and one ID token more than once', async () => {
    const workspace = await started();
    const idToken = workspace.issueIdToken({}, { alg: 'ES256' });
    expect((await withIdToken(workspace, idToken)).status).toBe(200);
    expect((await withIdToken(workspace, idToken)).status).toBe(200);
  });
});

describe('a policy', () => {
  it('says issuer, subject, audiences and who it is for', async () => {
    const federation = {
      issuer: 'https://oidc.vercel.test/team',
      subject: 'owner:team:project:app:environment:production',
      audiences: ['https://vercel.test/team'],
      clientId: 'client-1',
    };
    const workspace = await started({ federation });
    expect(workspace.env.DATABRICKS_CLIENT_ID).toBe('client-1');
    const { iss, sub, aud } = claimsIn(workspace.env.DATABRICKS_OIDC_TOKEN);
    expect([iss, sub, [aud]]).toEqual([
      federation.issuer,
      federation.subject,
      federation.audiences,
    ]);
    const { json } = await exchange(workspace);
    expect(await userOf(workspace, json.access_token)).toBe('client-1');
    const elsewhere = workspace.issueIdToken({ aud: workspace.url + TOKEN_PATH });
    expect((await withIdToken(workspace, elsewhere)).status).toBe(401);
  });

  it('alone makes federation the identity', async () => {
    const workspace = await startWorkspaceEmulator({
      federation: { issuer: 'https://issuer.test', subject: 'workload-9' },
    });
    onTestFinished(() => workspace.close());
    expect(workspace.env.DATABRICKS_CLIENT_SECRET).toBe('');
    expect((await exchange(workspace)).status).toBe(200);
  });

  it('may find the subject in another claim', async () => {
    const workspace = await started({
      federation: {
        issuer: 'https://issuer.test',
        subject: 'deploy.yml',
        subjectClaim: 'workflow',
      },
    });
    const { env } = workspace;
    expect(claimsIn(env.DATABRICKS_OIDC_TOKEN).workflow).toBe('deploy.yml');
    expect((await exchange(workspace)).status).toBe(200);
    const other = workspace.issueIdToken({ sub: 'deploy.yml', workflow: 'test.yml' });
    expect((await withIdToken(workspace, other)).status).toBe(401);
    expect(workspace.requests[1]?.reason).toMatch(/is test\.yml instead of deploy\.yml$/);
  });

  it('without a subject is the account’s, for whoever the ID token is of', async () => {
    const workspace = await started({ federation: { issuer: 'https://issuer.test' } });
    expect(workspace.env.DATABRICKS_CLIENT_ID).toBe('');
    const withoutClient = { client_id: undefined };
    const mine = await exchange(workspace, { form: withoutClient });
    expect(await userOf(workspace, mine.json.access_token)).toBe('developer@workspace.test');
    const hers = await withIdToken(
      workspace,
      workspace.issueIdToken({ sub: 'her@workspace.test' }),
      withoutClient,
    );
    expect(await userOf(workspace, hers.json.access_token)).toBe('her@workspace.test');
    for (const sub of [undefined, '', 7]) {
      const nobody = workspace.issueIdToken({ sub } as IdTokenClaims);
      expect((await withIdToken(workspace, nobody, withoutClient)).status).toBe(401);
    }
    expect((await exchange(workspace, { form: { client_id: 'client-1' } })).status).toBe(401);
  });

  it('of several is the one that matches as a whole, for its service principal', async () => {
    const issuer = 'https://issuer.test';
    const workspace = await started({
      federation: [
        { issuer, subject: 'a', audiences: ['for-a'], clientId: 'client-a' },
        { issuer, subject: 'b', audiences: ['for-b'], clientId: 'client-b' },
        { issuer, subject: 'b', audiences: ['for-b-too'], clientId: 'client-b' },
      ],
    });
    const status = async (client_id: string, sub: string, aud: string) =>
      (await withIdToken(workspace, workspace.issueIdToken({ sub, aud }), { client_id })).status;
    expect(await status('client-a', 'a', 'for-a')).toBe(200);
    expect(await status('client-b', 'b', 'for-b-too')).toBe(200);
    expect(await status('client-a', 'b', 'for-b')).toBe(401);
    expect(await status('client-b', 'b', 'for-a')).toBe(401);
  });

  const issuer = 'https://issuer.test';
  const mistakes: [string, unknown, RegExp][] = [
    ['a text', issuer, /^federation must be a policy/],
    ['none', [], /^federation must be a policy/],
    ['null', null, /^federation must be a policy/],
    ['no issuer', { subject: 'a' }, /^issuer of a federation policy must be a URL of https\.$/],
    ['an issuer without TLS', { issuer: 'http://issuer.test' }, /^issuer of a/],
    ['an issuer that is no URL', { issuer: 'https://' }, /^issuer of a/],
    ['an empty subject', { issuer, subject: '' }, /^subject of a federation policy must be a text/],
    ['a subject that is none', { issuer, subject: 7 }, /^subject of a/],
    [
      'one audience',
      { issuer, audiences: 'a' },
      /^audiences of a federation policy must be a list/,
    ],
    ['an empty audience', { issuer, audiences: [''] }, /^audiences of a/],
    ['no audience', { issuer, audiences: [] }, /^audiences of a/],
    ['an empty claim', { issuer, subjectClaim: '' }, /^subjectClaim of a/],
    ['an empty client', { issuer, subject: 'a', clientId: '' }, /^clientId of a/],
    ['a client of an account', { issuer, clientId: 'a' }, /needs a subject\.$/],
    [
      'the field of the API',
      { issuer, subject_claim: 'sub' },
      /^A federation policy has no subject_claim/,
    ],
  ];

  it.each(mistakes)('cannot be %s', async (_, federation, message) => {
    const refusal = await started({ federation } as EmulatorOptions).catch((error) => error);
    expect(refusal).toBeInstanceOf(TypeError);
    expect(refusal.message).toMatch(message);
  });

  it('is of no use to another identity', async () => {
    const options = { auth: 'personal-token', federation: { issuer } } as const;
    await expect(started(options)).rejects.toThrow('federation is for auth federation');
  });
});

describe('an access token that was exchanged', () => {
  it('lives no longer than the ID token', async () => {
    const workspace = await started();
    const short = await withIdToken(workspace, workspace.issueIdToken({ exp: inSeconds(600) }));
    expect(short.json.expires_in).toBeGreaterThan(590);
    expect(short.json.expires_in).toBeLessThanOrEqual(600);
  });

  it('lives no longer than others do', async () => {
    const workspace = await started({ lifetimeMs: { accessToken: 60_000 } });
    expect((await exchange(workspace)).json.expires_in).toBe(60);
  });

  it('is refused once the ID token is expired', async () => {
    const workspace = await started();
    const exp = Date.now() / 1000 + 0.3;
    const { json } = await withIdToken(workspace, workspace.issueIdToken({ exp }));
    expect(json.expires_in).toBe(1);
    await vi.waitFor(async () => {
      expect((await askForPostgresToken(workspace, json.access_token)).status).toBe(401);
    });
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(exp - 0.001);
    expect(workspace.requests.at(-1)?.reason).toBe('The access token is expired');
  });

  it('can be revoked', async () => {
    const workspace = await started();
    const { json } = await exchange(workspace);
    workspace.revokeAccessTokens();
    expect((await askForPostgresToken(workspace, json.access_token)).status).toBe(401);
  });

  it('has the workspace’s clock, and so has the issuer', async () => {
    const workspace = await started({ clockSkewMs: 86_400_000 });
    expect((await exchange(workspace)).json.expires_in).toBe(3600);
    const byThisMachine = workspace.issueIdToken({ exp: inSeconds(3600), nbf: undefined });
    expect((await withIdToken(workspace, byThisMachine)).status).toBe(401);
    workspace.setClockSkew(-86_400_000);
    expect((await exchange(workspace)).status).toBe(401);
    expect(workspace.requests.at(-1)?.reason).toMatch(/^The ID token is not valid yet/);
    expect((await withIdToken(workspace, workspace.issueIdToken())).status).toBe(200);
  });
});

describe('an ID token that was issued', () => {
  afterEach(() => vi.useRealTimers());

  it('is a JWT of the first policy, for an hour, and another each time', async () => {
    const workspace = await started();
    const [one, other] = [workspace.issueIdToken(), workspace.issueIdToken()];
    expect(one).not.toBe(other);
    expect(headerOf(one)).toEqual({
      alg: 'RS256',
      typ: 'JWT',
      kid: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(headerOf(other).kid).toBe(headerOf(one).kid);
    const { iat, nbf, exp, jti, ...who } = claimsIn(one);
    expect(who).toEqual({
      iss: 'https://issuer.test',
      sub: 'workload-1',
      aud: workspace.url + TOKEN_PATH,
    });
    expect(jti).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(iat)).toBeGreaterThan(inSeconds(-5));
    expect([nbf, exp]).toEqual([iat, Number(iat) + 3600]);
    expect(claimsIn(other).jti).not.toBe(jti);
  });

  it('in env lives for a working day', async () => {
    const { iat, exp } = claimsIn((await started()).env.DATABRICKS_OIDC_TOKEN);
    expect(Number(exp) - Number(iat)).toBe(12 * 3600);
  });

  it.each([
    ['RS256', 256],
    ['ES256', 64],
  ])('with %s has a signature of %d bytes, as the algorithm wants', async (alg, bytes) => {
    const workspace = await started();
    const [, , signature = ''] = workspace.issueIdToken({}, { alg }).split('.');
    expect(Buffer.from(signature, 'base64url')).toHaveLength(bytes);
  });

  it('has the claims and the header that a test names, or not', async () => {
    const workspace = await started();
    const idToken = workspace.issueIdToken(
      { sub: 'workload-2', exp: undefined, repository: 'org/app' },
      { kid: 'key-1' },
    );
    const claims = claimsIn(idToken);
    expect(claims).toMatchObject({ sub: 'workload-2', repository: 'org/app' });
    expect(claims).not.toHaveProperty('exp');
    expect(headerOf(idToken).kid).toBe('key-1');
  });

  it('keeps its own time under fake timers', async () => {
    const workspace = await started();
    vi.useFakeTimers({ now: 0 });
    const { iat } = claimsIn(workspace.issueIdToken());
    vi.useRealTimers();
    expect(Number(iat)).toBeGreaterThan(inSeconds(-60));
  });
});

describe('GitHub Actions', () => {
  const ask = (
    { githubActions }: WorkspaceEmulator,
    query = '',
    authorization = `Bearer ${githubActions.ACTIONS_ID_TOKEN_REQUEST_TOKEN}`,
  ) =>
    answered(
      fetch(githubActions.ACTIONS_ID_TOKEN_REQUEST_URL + query, { headers: { authorization } }),
    );

  it('gives a job an ID token, which is exchanged', async () => {
    const workspace = await started();
    const audience = encodeURIComponent(workspace.url + TOKEN_PATH);
    const { status, json } = await ask(workspace, `&audience=${audience}`);
    expect([status, Object.keys(json)]).toEqual([200, ['value']]);
    const { iat, nbf, exp, jti, ...who } = claimsIn(json.value);
    expect(who).toEqual({
      iss: GITHUB,
      sub: 'repo:org/app:ref:refs/heads/main',
      aud: workspace.url + TOKEN_PATH,
      repository: 'org/app',
      repository_owner: 'org',
    });
    expect(Number(exp) - Number(iat)).toBe(300);
    const access = await withIdToken(workspace, json.value);
    expect(access.json.expires_in).toBeLessThanOrEqual(300);
    expect(workspace.requests).toMatchObject([
      { step: 'idToken', method: 'GET', status: 200 },
      { step: 'accessToken', status: 200 },
    ]);
    expect(workspace.requests[0]?.path).not.toContain('?');
  });

  it('takes an audience that is not encoded, as Databricks’ SDKs send it', async () => {
    const workspace = await started();
    const { json } = await ask(workspace, `&audience=${workspace.url}${TOKEN_PATH}`);
    expect((await withIdToken(workspace, json.value)).status).toBe(200);
  });

  it.each(['', '&audience='])(
    'with %j has the owner for an audience, which no policy takes',
    async (query) => {
      const workspace = await started();
      const { json } = await ask(workspace, query);
      expect(claimsIn(json.value).aud).toBe('https://github.com/org');
      expect((await withIdToken(workspace, json.value)).status).toBe(401);
    },
  );

  it('is of the job that the policy says', async () => {
    const workspace = await started({
      federation: { issuer: GITHUB, subject: 'repo:acme/shop:environment:production' },
    });
    const { json } = await ask(workspace, `&audience=${ACCOUNT}`);
    expect(claimsIn(json.value)).toMatchObject({
      repository: 'acme/shop',
      repository_owner: 'acme',
    });
    expect((await withIdToken(workspace, json.value)).status).toBe(200);
  });

  it('serves a unified host’s job, which names no workspace', async () => {
    const workspace = await started({ hostType: 'unified' });
    expect((await ask(workspace, `&audience=${ACCOUNT}`)).status).toBe(200);
  });

  it('refuses who has not the request’s token, and a query begun anew', async () => {
    const workspace = await started();
    expect((await ask(workspace, '', 'Bearer token-1')).status).toBe(401);
    expect((await ask(workspace, '', '')).status).toBe(401);
    expect((await ask(workspace, '?audience=a')).status).toBe(400);
    expect(workspace.requests.map(({ reason }) => reason)).toEqual([
      'The request token is missing or wrong',
      'The request token is missing or wrong',
      'The audience is not added to the query with an ampersand',
    ]);
  });

  it('can be scripted', async () => {
    const workspace = await started();
    workspace.answer('idToken', { status: 503, body: {} });
    expect((await ask(workspace)).status).toBe(503);
    expect((await ask(workspace)).status).toBe(200);
  });
});

describe('the record', () => {
  it('of an exchange has what the ID token says, and never the token', async () => {
    const workspace = await started();
    const aud = ['a', 'b'];
    const idToken = workspace.issueIdToken({ aud, email: 'her@workspace.test' });
    await withIdToken(workspace, idToken);
    expect(workspace.requests[0]).toMatchObject({ grantType: EXCHANGE });
    expect(workspace.requests[0]?.idTokenClaims).toEqual({
      iss: 'https://issuer.test',
      sub: 'workload-1',
      aud,
    });
    const recorded = JSON.stringify(workspace.requests);
    for (const secret of [...idToken.split('.'), 'her@workspace.test', headerOf(idToken).kid]) {
      expect(recorded).not.toContain(secret);
    }
  });

  it('has no more than can be read', async () => {
    const workspace = await started();
    const mistyped = workspace.issueIdToken({ iss: 1, sub: null, aud: [2] } as never);
    await withIdToken(workspace, mistyped);
    await withIdToken(workspace, 'id-token-1');
    expect(workspace.requests.map(({ idTokenClaims }) => idTokenClaims)).toEqual([{}, {}]);
    const { githubActions } = workspace;
    const { ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = githubActions;
    const headers = { authorization: `Bearer ${token}` };
    await fetch(githubActions.ACTIONS_ID_TOKEN_REQUEST_URL, { headers });
    expect(JSON.stringify(workspace.requests)).not.toContain(token);
  });

  it('of client credentials has their grant, and one without has none', async () => {
    const workspace = await started({ auth: 'client-credentials' });
    const form = { grant_type: 'client_credentials', subject_token: undefined };
    await exchange(workspace, { form });
    await exchange(workspace, { form: { grant_type: undefined, subject_token: undefined } });
    const [given, none] = workspace.requests;
    expect(given?.grantType).toBe('client_credentials');
    expect(given).not.toHaveProperty('idTokenClaims');
    expect(none).not.toHaveProperty('grantType');
  });
});
