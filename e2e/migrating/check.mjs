// Apps that were written with the official client and with the recipe, before and after what docs/migrating.md
// says: its own lines are put into them, and what they print stays the same.
//
//   npm run check --prefix e2e/migrating [-- [--only TEXT] TARBALL...]        non-zero if it fails
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runChecks } from '../../support/checks.mjs';
import { run, runWell } from '../../support/processes.mjs';
import { startServices } from '../../support/services.mjs';
import { installedApp } from '../../support/tarballs.mjs';
import { chapter, migrate } from './chapters.mjs';
import { differences, outcomeOf } from './differences.mjs';
import { clientSecret, principalInProfile } from './identities.mjs';

const app = await installedApp([path.join(import.meta.dirname, 'app')]);
const inApp = (...parts) => path.join(app, ...parts);
const fromApp = createRequire(inApp('package.json'));
const services = await startServices();
await services.postgres.allowMigrations();
writeRecipe();

const APPS = {
  official: {
    transactions: ['committed', '23505'],
    rows: [{ id: 1, author: 'app' }],
    encrypted: [{ ssl: true }],
    payload: '1',
    limit: [{ statement_timeout: '5s' }],
    found: [1, 3].map((id) => ({ id, author: 'app' })),
    connections: 1,
    max: 4,
  },
  'recipe/src': {
    rows: [{ role: 'app', two: 2 }],
    refusal: '22012',
    encrypted: [{ ssl: true }],
    max: 10,
  },
};

try {
  await runChecks([
    ...differences.map((difference) => ({
      name: `the difference in ${difference.what}`,
      run: () => differ(difference),
    })),
    { name: 'the app with @databricks/lakebase', run: () => runsWell('official', 3) },
    { name: 'the app with the recipe', run: () => runsWell('recipe/src', 1) },
    {
      name: 'the app with @databricks/lakebase, and one line for each of its imports',
      async run() {
        const done = migrate(chapter('From `@databricks/lakebase`'), inApp('official'));
        assert.deepEqual(done, { changed: 3, written: [], deleted: [] });
        rmSync(inApp('node_modules/@databricks'), { recursive: true });
        await runsWell('official', 1);
      },
    },
    {
      name: 'the app with the recipe, and three lines',
      async run() {
        const done = migrate(chapter('From the recipe'), inApp('recipe'));
        const deleted = ['src/lib/lakebase/tokens.ts', 'scripts/refresh-lakebase-token.ts'];
        assert.deepEqual(done, { changed: 3, written: [], deleted });
        await runsWell('recipe/src', 1);
        await runsWell('recipe/src', 1, principalInProfile);
      },
    },
    { name: 'the types of both', run: typesAreRight },
    {
      name: 'the app with the recipe, and the pool',
      async run() {
        const done = migrate(chapter('From a `Pool` of your own'), inApp('recipe'));
        const [written, deleted] = [['src/lib/db/client.ts'], ['src/lib/env.ts']];
        assert.deepEqual(done, { changed: 0, written, deleted });
        await runsWell('recipe/src', 1);
      },
    },
    { name: 'the types of that', run: typesAreRight },
  ]);
} finally {
  await services.stop();
}

/** The recipe as the benchmark has it, under the recipe's own name. */
function writeRecipe() {
  const recipe = path.join(import.meta.dirname, '../../bench/candidates/recipe.mjs');
  const file = inApp('recipe/src/lib/lakebase/tokens.ts');
  cpSync(recipe, file);
  writeFileSync(file, `// @ts-nocheck: its types were taken out.\n${readFileSync(file, 'utf8')}`);
}

async function runsWell(name, tokens, identity) {
  const workspace = await services.newWorkspace({ clientSecret });
  try {
    const env = { ...services.environment(workspace), ...identity?.(workspace.env) };
    const place = { cwd: app, env: onlySet(env) };
    const main = path.join(name, 'main.ts');
    const printed = await runWell(process.execPath, ['--import', 'tsx', main], place);
    assert.deepEqual(JSON.parse(printed), APPS[name]);
    assert.equal(workspace.issuedTokens.length, tokens);
  } finally {
    await workspace.close();
  }
}

async function typesAreRight() {
  const tsc = fromApp.resolve('typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc], { cwd: app });
  assert.equal(stdout, '');
}

async function differ({ official, ours, ...difference }) {
  const { getLakebasePool, getLakebasePgConfig } = fromApp('lakebase-token/pg');
  const own = { createLakebasePool: getLakebasePool, getLakebasePgConfig };
  const outcomes = {
    official: await seen(difference, fromApp('@databricks/lakebase'), { logger: {} }),
    ours: await seen(difference, { ...own, getLakebaseOrmConfig: getLakebasePgConfig }),
  };
  assert.deepEqual(outcomes, { official, ours });
}

async function seen({ run: see, options, identity, env }, lakebase, silent) {
  const { postgres } = services;
  const { host, ca } = postgres;
  const workspace = await services.newWorkspace({ clientSecret, postgres: { host }, ...options });
  const before = { ...process.env };
  setEnvironment({ ...services.environment(workspace), ...identity?.(workspace.env), ...env });
  const pools = new Set();
  const newPool = (given) => {
    const pool = lakebase.createLakebasePool({ ...silent, ssl: { ca }, ...given });
    pools.add(pool);
    return pool;
  };
  const { Pool } = fromApp('pg');
  try {
    return await see({ newPool, lakebase, workspace, postgres, Pool });
  } catch (error) {
    return outcomeOf(error);
  } finally {
    await Promise.all([...pools].map((pool) => pool.end()));
    await workspace.close();
    setEnvironment(before);
  }
}

function setEnvironment(env) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, onlySet(env));
}

/** The official client takes an empty variable for one that is set. */
function onlySet(env) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}
