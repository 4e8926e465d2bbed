// Holds the emulator against the client that Databricks publishes: if `@databricks/lakebase`, which
// was written for the real service, gets its token here, we did not emulate our own mistakes.
//
//   npm ci && npm run check       in this folder, once the addon is built; non-zero on a mismatch
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { getLakebasePgConfig } from '@databricks/lakebase';

const { startWorkspaceEmulator } = createRequire(import.meta.url)('../../js/testing.js');

// A secret as Databricks gives them out. The emulator's own wants form-url-encoding (RFC 6749
// §2.3.1), and sdk-experimental 0.17.0 sends it raw: it is refused, as the last check says.
const clientSecret = 'dose0123456789abcdef0123456789abcdef';

const discovery = 'GET /oidc/.well-known/oauth-authorization-server 200';
const access = 'POST /oidc/v1/token 200';
const postgres = 'POST /api/2.0/postgres/credentials 200';

await check('client credentials', { clientSecret }, async (password, workspace) => {
  assert.equal(await password(), workspace.issuedTokens[0]?.token);
  assert.equal(await password(), workspace.issuedTokens[0]?.token, 'the second call is cached');
  assert.deepEqual(sent(workspace), [discovery, access, postgres]);
});

await check('a personal token', { auth: 'personal-token' }, async (password, workspace) => {
  assert.equal(await password(), workspace.issuedTokens[0]?.token);
  assert.deepEqual(sent(workspace), [postgres]);
});

await check('an expiry it understands', { clientSecret }, async (password, workspace) => {
  // Below the two minutes that it keeps in reserve, so that every call asks again.
  workspace.setLifetime({ postgresToken: 119_000 });
  assert.equal(await password(), workspace.issuedTokens[0]?.token);
  assert.equal(await password(), workspace.issuedTokens[1]?.token);
  assert.deepEqual(sent(workspace), [discovery, access, postgres, postgres]);
});

await check('an error it understands', { clientSecret }, async (password, workspace) => {
  workspace.answer('postgresToken', 'notFound');
  // Not its `errorCode`: sdk-experimental 0.17.0 expects `metadata` of every detail, and gives up on
  // a `RequestInfo`, which has none.
  await assert.rejects(password(), { statusCode: 404, message: /NOT_FOUND/ });
});

await check('a secret that it does not encode', {}, async (password) => {
  await assert.rejects(password(), /invalid_client/);
});

async function check(name, options, expectations) {
  const workspace = await startWorkspaceEmulator(options);
  try {
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
    console.log(`ok  ${name}`);
  } finally {
    await workspace.close();
  }
}

function sent({ requests }) {
  return requests.map(({ method, path, status }) => `${method} ${path} ${status}`);
}
