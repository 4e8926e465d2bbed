// Databricks' SDK for Python, the one that knows the most: unified hosts, scopes, look-ups.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { check, clientSecret, sent } from './emulated.mjs';
import { withPython } from './python_program.mjs';

const ACCOUNT = '00000000-0000-0000-0000-000000000000';
const metadata = 'GET /.well-known/databricks-config 200';
const discovery = 'GET /oidc/.well-known/oauth-authorization-server 200';
const access = 'POST /oidc/v1/token 200';
const postgres = 'POST /api/2.0/postgres/credentials 200';

const personal = { auth: 'personal-token' };
const pair = { clientSecret };
const federation = { auth: 'federation' };
const unified = { hostType: 'unified', workspaceId: '7a99b43c-b46c-432b-b0a7-814217701909' };

/** What chooses among identities and hosts, and is none. */
const CHOOSING = [
  'ACCOUNT_ID',
  'AUTH_TYPE',
  'CONFIG_FILE',
  'CONFIG_PROFILE',
  'DISCOVERY_URL',
  'GROUP_ID',
  'HOST',
  'TOKEN_AUDIENCE',
  'WORKSPACE_ID',
].map((name) => `DATABRICKS_${name}`);

export function checkPythonSdk() {
  return withPython(async (python) => {
    const checkSdk = (name, options, expectations) =>
      check(`Python: ${name}`, options, (workspace) => {
        const ask = (call, given, config, env) =>
          python({ env: env ?? workspace.env, call, config, arguments: given });
        return expectations(ask, workspace);
      });
    await checkTokens(checkSdk);
    await checkFederation(checkSdk);
    await checkRefusedIdTokens(checkSdk);
    await checkHosts(checkSdk);
    await checkLookUps(checkSdk);
    await checkRefusals(checkSdk);
  });
}

/** The credentials call. */
const credential = (ask, { env }, given = {}, config = {}) =>
  ask(
    'postgres.generate_database_credential',
    { endpoint: env.LAKEBASE_ENDPOINT, ...given },
    config,
  );

async function checkTokens(checkSdk) {
  await checkSdk('client credentials', pair, async (ask, workspace) => {
    const { token, expire_time } = await credential(ask, workspace);
    const [issued] = workspace.issuedTokens;
    assert.deepEqual([token, Date.parse(expire_time)], [issued?.token, Number(issued?.expiresAt)]);
    assert.deepEqual(sent(workspace), [metadata, discovery, access, postgres]);
  });

  await checkSdk('a personal token', personal, async (ask, workspace) => {
    const { token } = await credential(ask, workspace);
    assert.equal(token, workspace.issuedTokens[0]?.token);
    assert.deepEqual(sent(workspace), [metadata, postgres]);
  });

  const limited = { ...pair, scopes: ['postgres'] };
  await checkSdk('a secret of the scope postgres', limited, async (ask, workspace) => {
    await assert.rejects(credential(ask, workspace), /access_denied: Scopes 'all-apis' are not/);
    const { token } = await credential(ask, workspace, {}, { scopes: ['postgres'] });
    assert.equal(token, workspace.issuedTokens[0]?.token);
  });

  await checkSdk('all-apis and offline_access', pair, async (ask, workspace) => {
    await credential(ask, workspace, {}, { scopes: ['all-apis', 'offline_access'] });
    assert.equal(workspace.issuedTokens.length, 1);
  });

  await checkSdk('lifetimes and claims', personal, async (ask, workspace) => {
    const inAQuarter = new Date(Date.now() + 900_000).toISOString();
    const read = { permission_set: 'READ_ONLY' };
    for (const given of [
      { ttl: '900s' },
      { ttl: '900.500s' },
      { expire_time: inAQuarter },
      { claims: [{ ...read, resources: [{ table_name: 'main.public.orders' }] }] },
      { claims: [read] },
    ]) {
      await credential(ask, workspace, given);
    }
    const lives = workspace.issuedTokens.map(({ expiresAt }, index) => {
      const { receivedAt } = workspace.requests.filter(({ step }) => step)[index];
      return Math.round((expiresAt - receivedAt) / 60_000);
    });
    assert.deepEqual(lives, [15, 15, 15, 60, 60]);
  });

  await checkSdk(
    'an environment full of others',
    { ...pair, ...unified },
    async (ask, { env, requests }) => {
      const given = { endpoint: env.LAKEBASE_ENDPOINT };
      const names = [...(await ask('variables')), ...CHOOSING];
      const strays = Object.fromEntries(names.map((name) => [name, 'stray']));
      const found = { ...strays, DATABRICKS_CONFIG_PROFILE: 'other', ...env };
      await ask('postgres.generate_database_credential', given, {}, found);
      assert.equal(requests.at(-1)?.status, 200);
    },
  );
}

/** Without a secret: `env-oidc`, `file-oidc` and `github-oidc`. */
async function checkFederation(checkSdk) {
  for (const host of [{}, unified]) {
    const name = `an ID token in a variable, on a ${host.hostType ?? 'plain'} host`;
    await checkSdk(name, { ...federation, ...host }, async (ask, workspace) => {
      const { token } = await credential(ask, workspace);
      assert.equal(token, workspace.issuedTokens[0]?.token);
      const [exchange] = workspace.requests.filter(({ step }) => step === 'accessToken');
      assert.equal(exchange.grantType, 'urn:ietf:params:oauth:grant-type:token-exchange');
      assert.equal(exchange.idTokenClaims.sub, 'workload-1');
    });
  }

  await checkSdk('an ID token in a file', federation, async (ask, workspace) => {
    const { DATABRICKS_OIDC_TOKEN: idToken, ...env } = workspace.env;
    await inAFile(`${idToken}\n`, async (file) => {
      const found = { ...env, DATABRICKS_AUTH_TYPE: 'file-oidc', DATABRICKS_OIDC_TOKEN_FILE: file };
      const given = { endpoint: env.LAKEBASE_ENDPOINT };
      const { token } = await ask('postgres.generate_database_credential', given, {}, found);
      assert.equal(token, workspace.issuedTokens[0]?.token);
    });
    assert.deepEqual(sent(workspace), [metadata, discovery, access, postgres]);
  });

  const accounts = { federation: { issuer: 'https://issuer.test' } };
  await checkSdk("an account's policy", accounts, async (ask, workspace) => {
    await credential(ask, workspace);
    assert.equal(workspace.env.DATABRICKS_CLIENT_ID, '');
    assert.equal((await ask('current_user.me')).userName, 'developer@workspace.test');
  });

  for (const host of [{}, unified]) {
    const name = `a job of GitHub Actions, on a ${host.hostType ?? 'plain'} host`;
    await checkSdk(name, { ...federation, ...host }, async (ask, workspace) => {
      const env = { ...workspace.env, DATABRICKS_OIDC_TOKEN: '', ...workspace.githubActions };
      const given = { endpoint: env.LAKEBASE_ENDPOINT };
      const { token } = await ask('postgres.generate_database_credential', given, {}, env);
      assert.equal(token, workspace.issuedTokens[0]?.token);
      assert.equal(
        workspace.requests.at(-2)?.idTokenClaims.sub,
        'repo:org/app:ref:refs/heads/main',
      );
    });
  }
}

async function checkRefusedIdTokens(checkSdk) {
  const refused = async (ask, { env }, idToken, reason) => {
    const given = { endpoint: env.LAKEBASE_ENDPOINT };
    const found = { ...env, DATABRICKS_OIDC_TOKEN: idToken };
    const asked = ask('postgres.generate_database_credential', given, {}, found);
    await assert.rejects(asked, reason);
  };
  await checkSdk('ID tokens that are refused', federation, async (ask, workspace) => {
    const { requests } = workspace;
    const elsewhere = workspace.issueIdToken({ aud: 'https://elsewhere.test' });
    await refused(ask, workspace, elsewhere, /ValueError: invalid_grant: The audience/);
    const expired = workspace.issueIdToken({ exp: 1_000_000_000 });
    await refused(ask, workspace, expired, /ValueError: invalid_grant: The ID token is expired/);
    await refused(ask, workspace, 'id-token-1', /ValueError: invalid_grant: The ID token is not a/);
    assert.deepEqual(
      requests.filter(({ step }) => step).map(({ status }) => status),
      [401, 401, 401],
    );
  });
}

async function inAFile(text, use) {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-peers-'));
  try {
    const file = path.join(folder, 'id-token');
    writeFileSync(file, text);
    await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function checkHosts(checkSdk) {
  const issuer = `/oidc/accounts/${ACCOUNT}`;
  await checkSdk('a unified host', { ...pair, ...unified }, async (ask, workspace) => {
    const { token } = await credential(ask, workspace);
    assert.equal(token, workspace.issuedTokens[0]?.token);
    assert.deepEqual(sent(workspace), [
      metadata,
      `GET ${issuer}/.well-known/oauth-authorization-server 200`,
      `POST ${issuer}/v1/token 200`,
      postgres,
    ]);
    assert.equal(workspace.requests.at(-1)?.workspaceId, unified.workspaceId);
  });

  await checkSdk(
    'a unified host, a personal token',
    { ...personal, ...unified },
    async (ask, its) => {
      const { token } = await credential(ask, its);
      assert.equal(token, its.issuedTokens[0]?.token);
      assert.deepEqual(sent(its), [metadata, postgres]);
    },
  );

  await checkSdk('a unified host, no workspace', { ...personal, ...unified }, async (ask, its) => {
    const given = { endpoint: its.env.LAKEBASE_ENDPOINT };
    const env = { ...its.env, DATABRICKS_WORKSPACE_ID: '' };
    const asked = ask('postgres.generate_database_credential', given, {}, env);
    // It follows to the login page, which is no JSON.
    await assert.rejects(asked, /^Error: JSONDecodeError/);
    assert.deepEqual(sent(its).slice(1), [postgres.replace('200', '303'), 'GET /login 200']);
  });

  for (const host of [{}, unified]) {
    const name = `another workspace on a ${host.hostType ?? 'plain'} host`;
    await checkSdk(name, { ...personal, ...host }, async (ask, workspace) => {
      const asked = credential(ask, workspace, {}, { workspace_id: '42' });
      await assert.rejects(asked, /^Error: PermissionDenied: Unauthorized access to Org: 42/);
    });
  }
}

async function checkLookUps(checkSdk) {
  await checkSdk('look-ups', pair, async (ask, { env, requests }) => {
    const name = env.LAKEBASE_ENDPOINT;
    const { status } = await ask('postgres.get_endpoint', { name });
    assert.equal(status.hosts.host, 'primary.main.test-project.database.test');
    assert.equal(status.current_state, 'ACTIVE');
    assert.equal((await ask('current_user.me')).userName, env.DATABRICKS_CLIENT_ID);
    assert.equal(await ask('get_workspace_id'), 1234567890123456);
    assert.ok(requests.every((request) => request.status === 200));
  });

  const endpoint = ['a', 'b', 'c'].map((id) => `projects/${id}/branches/main/endpoints/primary`);
  await checkSdk('lists in pages', { ...personal, endpoint }, async (ask, { requests }) => {
    const names = async (kind, parent) => {
      const given = { page_size: 1, ...(parent && { parent }) };
      return (await ask(`postgres.list_${kind}`, given)).map(({ name }) => name);
    };
    assert.deepEqual(await names('projects'), ['projects/a', 'projects/b', 'projects/c']);
    assert.deepEqual(await names('branches', 'projects/b'), ['projects/b/branches/main']);
    assert.deepEqual(await names('endpoints', 'projects/c/branches/main'), [endpoint[2]]);
    const databases = await ask('postgres.list_databases', { parent: 'projects/a/branches/main' });
    assert.equal(databases[0]?.status.postgres_database, 'databricks_postgres');
    assert.equal(requests.filter(({ path }) => path.endsWith('/projects')).length, 3);
  });
}

async function checkRefusals(checkSdk) {
  await checkSdk('refusals it understands', personal, async (ask, workspace) => {
    const { LAKEBASE_ENDPOINT } = workspace.env;
    const refused = async (given, config, reason) =>
      assert.rejects(credential(ask, workspace, given, config), reason);
    await refused({}, { token: 'personal-token-2' }, /^Error: Unauthenticated/);
    await refused({ endpoint: `${LAKEBASE_ENDPOINT}-2` }, {}, /^Error: NotFound/);
    await refused({ endpoint: 'primary' }, {}, /^Error: InvalidParameterValue/);
    await refused({ ttl: '60s' }, {}, /^Error: InvalidParameterValue/);
  });

  await checkSdk('a refusal that it tries again', personal, async (ask, workspace) => {
    workspace.answer('postgresToken', 'rateLimited');
    await credential(ask, workspace);
    assert.deepEqual(sent(workspace), [metadata, postgres.replace('200', '429'), postgres]);
  });

  await checkSdk('a secret that it does not encode', {}, async (ask, workspace) => {
    await assert.rejects(credential(ask, workspace), /^Error: ValueError.*invalid_client/);
  });
}
