// A real `drizzle-kit migrate` through `lakebase-token exec`, against the emulator and a real Postgres.
//
//   npm ci && npm run check       in this folder, once the addon is built; non-zero if it fails
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

const require = createRequire(import.meta.url);
const { startWorkspaceEmulator } = require('../../js/testing.js');
const { startPostgres } = require('../../support/postgres/postgres.js');

const here = import.meta.dirname;
const drizzleKit = path.join(path.dirname(require.resolve('drizzle-kit')), 'bin.cjs');
const folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-drizzle-'));
const postgres = await startPostgres();
const workspace = await startWorkspaceEmulator({ onPostgresToken: postgres.acceptToken });
try {
  await postgres.query(`GRANT CREATE ON DATABASE ${postgres.database} TO ${postgres.user}`);
  await postgres.query(`GRANT CREATE ON SCHEMA public TO ${postgres.user}`);
  for (const time of ['first', 'second']) {
    assert.equal(await migrate(), 0, `the ${time} migration`);
  }
  const columns = await postgres.query(
    "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'notes' ORDER BY 1",
  );
  assert.deepEqual(columns, [{ name: 'id' }, { name: 'text' }]);
  const migrations = await postgres.query('SELECT count(*)::int FROM drizzle.__drizzle_migrations');
  assert.deepEqual(migrations, [{ count: 1 }]);
  assert.equal(workspace.issuedTokens.length, 2);
  console.log('drizzle-kit migrates through lakebase-token exec.');
} finally {
  await workspace.close();
  await postgres.stop();
  rmSync(folder, { recursive: true });
}

async function migrate() {
  const ca = path.join(folder, 'ca.pem');
  writeFileSync(ca, postgres.ca);
  const cli = path.join(here, '../../js/cli.js');
  const line = [cli, 'exec', '--', process.execPath, drizzleKit, 'migrate'];
  const env = {
    ...process.env,
    ...workspace.env,
    PGHOST: postgres.host,
    PGPORT: String(postgres.port),
    PGUSER: postgres.user,
    PGDATABASE: postgres.database,
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: ca,
  };
  const child = spawn(process.execPath, line, {
    cwd: here,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) console.error(output);
  return code;
}
