// The two services an app needs: a workspace that issues tokens, and a Postgres that admits them.
import { startWorkspaceEmulator } from 'lakebase-token/testing';
import { bareEnvironment } from './environment.mjs';
import { startPostgres } from './postgres/postgres.js';
import { CA_FILE } from './tls/keys.js';

/**
 * One Postgres, and as many workspaces as are asked for.
 *
 * @typedef {import('lakebase-token/testing').WorkspaceEmulator} Workspace
 * @typedef {import('lakebase-token/testing').EmulatorOptions} EmulatorOptions
 */
export async function startServices() {
  const postgres = await startPostgres();
  return {
    postgres,
    /**
     * A workspace that has not issued anything yet.
     * @param {EmulatorOptions} [options]
     */
    newWorkspace: (options) =>
      startWorkspaceEmulator({ onPostgresToken: postgres.acceptToken, ...options }),
    /**
     * What a program finds that is to use both.
     * @param {Workspace} workspace
     */
    environment: (workspace) => ({
      ...bareEnvironment(),
      ...workspace.env,
      ...postgres.env,
      NODE_EXTRA_CA_CERTS: CA_FILE,
    }),
    stop: () => postgres.stop(),
  };
}
