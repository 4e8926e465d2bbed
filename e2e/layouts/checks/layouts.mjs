// Each package manager's layout: required and imported, the package finds its one binary.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runWell } from '../../../support/processes.mjs';

const { version } = createRequire(import.meta.url)('../../../package.json');

export function layoutChecks({ folder, managers, services }) {
  return Object.entries(managers).map(([name, install]) => ({
    name: `${name}: installs one binary, and a token comes`,
    async run() {
      const place = folder(name.replace(' ', '-'));
      mkdirSync(place);
      writeFileSync(path.join(place, 'package.json'), JSON.stringify(MANIFEST));
      writeFileSync(path.join(place, 'program.mjs'), PROGRAM);
      await install(place);
      assert.deepEqual(addonsIn(path.join(place, 'node_modules')), [
        'lakebase-token.linux-x64-gnu.node',
      ]);
      const workspace = await services.newWorkspace();
      try {
        const env = services.environment(workspace);
        const output = await runWell(process.execPath, ['program.mjs'], { cwd: place, env });
        assert.equal(output, 'required: app\nimported: app\n');
        assert.equal(workspace.issuedTokens.length, 1);
      } finally {
        await workspace.close();
      }
    },
  }));
}

/** By their names: pnpm's symbolic links are not followed. */
function addonsIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.node'))
    .map((entry) => entry.name);
}

const MANIFEST = {
  name: 'app',
  version: '1.0.0',
  private: true,
  dependencies: { 'lakebase-token': version, pg: '8.23.1' },
};

const PROGRAM = `
import { createRequire } from 'node:module';
import { getLakebasePostgresToken as imported } from 'lakebase-token';
import pg from 'pg';

const { getLakebasePostgresToken: required } = createRequire(import.meta.url)('lakebase-token');
await required();
for (const [how, password] of Object.entries({ required, imported })) {
  const client = new pg.Client({ password, ssl: true });
  await client.connect();
  const { rows } = await client.query('SELECT session_user AS login');
  console.log(how + ': ' + rows[0].login);
  await client.end();
}
`;
