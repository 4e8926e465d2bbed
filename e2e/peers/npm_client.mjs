// `@databricks/lakebase`, which an app installs instead of this package.
import assert from 'node:assert/strict';
import { getLakebasePgConfig } from '@databricks/lakebase';
import { check, clientSecret, sent } from './emulated.mjs';

const discovery = 'GET /oidc/.well-known/oauth-authorization-server 200';
const access = 'POST /oidc/v1/token 200';
const postgres = 'POST /api/2.0/postgres/credentials 200';

export async function checkNpmClient() {
  await checkPassword('client credentials', { clientSecret }, async (password, workspace) => {
    assert.equal(await password(), workspace.issuedTokens[0]?.token);
    assert.equal(await password(), workspace.issuedTokens[0]?.token, 'the second call is cached');
    assert.deepEqual(sent(workspace), [discovery, access, postgres]);
  });

  await checkPassword(
    'a personal token',
    { auth: 'personal-token' },
    async (password, workspace) => {
      assert.equal(await password(), workspace.issuedTokens[0]?.token);
      assert.deepEqual(sent(workspace), [postgres]);
    },
  );

  await checkPassword('an expiry it understands', { clientSecret }, async (password, workspace) => {
    // Below the two minutes that it keeps in reserve, so that every call asks again.
    workspace.setLifetime({ postgresToken: 119_000 });
    assert.equal(await password(), workspace.issuedTokens[0]?.token);
    assert.equal(await password(), workspace.issuedTokens[1]?.token);
    assert.deepEqual(sent(workspace), [discovery, access, postgres, postgres]);
  });

  await checkPassword('an error it understands', { clientSecret }, async (password, workspace) => {
    workspace.answer('postgresToken', 'notFound');
    // Not its `errorCode`: sdk-experimental 0.17.0 expects `metadata` of every detail, and gives up on
    // a `RequestInfo`, which has none.
    await assert.rejects(password(), { statusCode: 404, message: /NOT_FOUND/ });
  });

  // sdk-experimental 0.17.0 sends it raw.
  await checkPassword('a secret that it does not encode', {}, async (password) => {
    await assert.rejects(password(), /invalid_client/);
  });
}

function checkPassword(name, options, expectations) {
  return check(`npm: ${name}`, options, async (workspace) => {
    // An empty variable counts as set for this client, and two identities as one too many.
    for (const [variable, value] of Object.entries(workspace.env)) {
      delete process.env[variable];
      if (value !== '') {
        process.env[variable] = value;
      }
    }
    const { password } = getLakebasePgConfig(
      { host: 'postgres.test', database: 'databricks_postgres', user: 'app' },
      undefined,
      { debug() {}, info() {}, warn() {}, error() {} },
    );
    await expectations(password, workspace);
  });
}
