// The permissions that the package needs in Deno: with them it gives a token over https, without any of
// them it does not. The sockets and certificate files of native code are not Deno's to permit.
import assert from 'node:assert/strict';
import { CA_FILE, serverKeys as tls } from '../../support/tls/keys.js';
import { said } from './app.mjs';

const VARIABLES = [
  'DATABRICKS_HOST',
  'DATABRICKS_TOKEN',
  'DATABRICKS_CLIENT_ID',
  'DATABRICKS_CLIENT_SECRET',
  'LAKEBASE_ENDPOINT',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_*',
  'HTTPS_PROXY',
  'https_proxy',
  'ALL_PROXY',
  'all_proxy',
  'NO_PROXY',
  'no_proxy',
];

const FFI = '--allow-ffi=node_modules';

/** @type {Record<string, import('./checks.mjs').Check>} */
export const permissionChecks = {
  async 'permissions: these are enough'({ run, startWorkspace }) {
    const workspace = await startWorkspace({ tls });
    const seen = await outcome(run, workspace, [FFI, allowed(VARIABLES)]);
    assert.deepEqual(seen, { token: workspace.issuedTokens[0]?.token });
  },

  async 'permissions: each variable is needed'({ run, startWorkspace }) {
    const workspace = await startWorkspace({ tls });
    for (const variable of VARIABLES) {
      const others = VARIABLES.filter((name) => name !== variable);
      const { code } = await outcome(run, workspace, [FFI, allowed(others)]);
      assert.equal(code, 'ERR_LAKEBASE_CONFIG_INVALID', `without ${variable}`);
    }
  },

  async 'permissions: a refused binary has a code'({ run, startWorkspace }) {
    const seen = await outcome(run, await startWorkspace({ tls }), [allowed(VARIABLES)]);
    assert.equal(seen.code, 'ERR_LAKEBASE_BINARY_MISSING', seen.message);
  },
};

/** What comes of a call with these permissions and no other. */
async function outcome(run, workspace, flags) {
  const program = ['run', '--no-prompt', ...flags, 'program.mjs', 'outcome'];
  return said(await run(program, { ...workspace.env, NODE_EXTRA_CA_CERTS: CA_FILE }));
}

function allowed(variables) {
  return `--allow-env=${variables.join(',')}`;
}
