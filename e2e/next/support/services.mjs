// The two services an app needs: a workspace that issues tokens, and a Postgres that admits them.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bareEnvironment } from './environment.mjs';
import { temporaryFolder } from './temporary_folder.mjs';

const require = createRequire(import.meta.url);
const { startWorkspaceEmulator } = require('../../../js/testing.js');
const { startPostgres } = require('../../../__test__/support/postgres.js');

/**
 * One Postgres, with a table in which the app writes down each of its entry points that got in.
 * `login` says who the server let in.
 */
export async function startServices() {
  const ca = path.join(temporaryFolder(), 'ca.pem');
  const postgres = await startPostgres();
  writeFileSync(ca, postgres.ca);
  await postgres.query(`
    CREATE TABLE visits (entry text NOT NULL, login text NOT NULL DEFAULT session_user);
    GRANT SELECT, INSERT ON visits TO ${postgres.user}`);
  return {
    postgres,
    /** A workspace that has not issued anything yet, and an empty table. */
    async newWorkspace() {
      await postgres.query('TRUNCATE visits');
      return await startWorkspaceEmulator({ onPostgresToken: postgres.acceptToken });
    },
    environment: (workspace) => ({
      ...bareEnvironment(),
      ...workspace.env,
      PGHOST: postgres.host,
      PGPORT: String(postgres.port),
      PGUSER: postgres.user,
      PGDATABASE: postgres.database,
      NODE_EXTRA_CA_CERTS: ca,
    }),
    /** For programs that are told what to trust as psql is. */
    verifyFull: { PGSSLMODE: 'verify-full', PGSSLROOTCERT: ca },
    stop: () => postgres.stop(),
  };
}
