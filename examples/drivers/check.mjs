// Every driver and ORM of this folder through a renewal and an outage, against the emulator and a real
// Postgres.
//
//   npm ci && npm install --no-save --ignore-scripts ../../dist/*.tgz && npm run check [-- --only TEXT]
//
// in this folder, once `npm run pack` has made the tarballs. Non-zero if one of them fails.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  getLakebaseCredential,
  getLakebasePostgresToken,
  invalidateLakebasePostgresToken,
} from 'lakebase-token';
import { faults, startWorkspaceEmulator } from 'lakebase-token/testing';
import { Client } from 'pg';
import { runChecks } from '../../support/checks.mjs';
import { startPostgres } from '../../support/postgres/postgres.js';
import { until } from '../../support/until.mjs';
import { causes } from './causes.mjs';
import { throughAnOutage } from './outage.mjs';

const LIBRARIES = [
  { file: './pg.mjs', packages: ['pg'] },
  { file: './postgres-js.mjs', packages: ['postgres'], withoutToken: /28P01/ },
  { file: './drizzle.mjs', packages: ['drizzle-orm', 'pg'] },
  {
    file: './drizzle-postgres-js.mjs',
    packages: ['drizzle-orm', 'postgres'],
    withoutToken: /28P01/,
  },
  { file: './prisma/prisma.mjs', packages: ['@prisma/client', '@prisma/adapter-pg'] },
  { file: './kysely.mjs', packages: ['kysely', 'pg'] },
  { file: './typeorm.mjs', packages: ['typeorm'] },
  { file: './sequelize.mjs', packages: ['sequelize'], max: 5 },
  { file: './knex.mjs', packages: ['knex'] },
  { file: './knex-provider.mjs', packages: ['knex'] },
  // The same with lakebase-token/pg.
  { file: './pool/pg.mjs', packages: ['pg'] },
  { file: './pool/drizzle.mjs', packages: ['drizzle-orm', 'pg'] },
  { file: './pool/kysely.mjs', packages: ['kysely', 'pg'] },
  { file: './pool/knex.mjs', packages: ['knex'] },
  { file: './pool/typeorm.mjs', packages: ['typeorm'] },
  { file: './prisma/prisma_config.mjs', packages: ['@prisma/client', '@prisma/adapter-pg'] },
];

const MINUTE_MS = 60_000;
const WHO = 'SELECT current_user::text AS role, pg_backend_pid() AS pid';

const postgres = await startPostgres();
const { host, port, user, database, ca } = postgres;
const address = { host, port, user, database, ssl: { ca } };
try {
  // Connections that a driver left open are not closed for it.
  await postgres.query("ALTER SYSTEM SET authentication_timeout = '10min'");
  await postgres.query('SELECT pg_reload_conf()');
  await runChecks([
    ...LIBRARIES.map((library) => ({ name: nameOf(library), run: () => checkLibrary(library) })),
    {
      // The counter-example: if it passed, the others would show nothing.
      name: 'a password that is read once is refused after the renewal (28P01)',
      run: () => assert.rejects(throughItAll(withAFixedPassword), { code: '28P01' }),
    },
  ]);
} finally {
  await postgres.stop();
}

async function checkLibrary(library) {
  const { connect } = await import(library.file);
  await throughItAll(connect, library.withoutToken);
  await throughAnOutage(library, { postgres, address, login, suspend });
}

/** One token after the other; between them everything ends that can end. */
async function throughItAll(connect, withoutToken = /ERR_LAKEBASE_FORBIDDEN/) {
  const workspace = await startWorkspaceEmulator({
    lifetimeMs: { postgresToken: MINUTE_MS },
    onPostgresToken: postgres.acceptToken,
  });
  Object.assign(process.env, workspace.env);
  let connected;
  try {
    // A login to this Postgres begins with a token in hand: see support/postgres/login_gate.js.
    const first = await getLakebasePostgresToken();
    connected = await connect(address);
    const [before] = await connected.query(WHO);
    assert.equal(before.role, user);

    await renew(workspace);
    await assert.rejects(login(first), { code: '28P01' });
    const pids = await twoAtOnce(connected);
    assert.ok(pids.includes(before.pid), 'the open connection outlives its token');
    assert.equal(new Set(pids).size, 2, 'another one was opened with token 2');

    await suspend();
    assert.ok(!pids.includes((await firstAnswer(connected)).pid));
    assert.equal(workspace.issuedTokens.length, 2);

    await refuseTokens(workspace, async () => {
      await suspend();
      await firstFailure(connected, withoutToken);
    });
    await firstAnswer(connected);
    assert.equal(workspace.issuedTokens.length, 3);
  } finally {
    await connected?.close();
    await workspace.close();
  }
}

/** Token 2, as soon as a caller wants more life than token 1 has left; Postgres refuses token 1 then. */
async function renew(workspace) {
  workspace.setLifetime({ postgresToken: 60 * MINUTE_MS });
  await until(async () => {
    await getLakebaseCredential({ minLifetimeMs: MINUTE_MS });
    return workspace.issuedTokens.length === 2;
  });
}

/** The backends of two queries that are held until both are there, or one was refused. */
async function twoAtOnce(connected) {
  const held = `${WHO} FROM pg_advisory_xact_lock_shared(1)`;
  await postgres.query('SELECT pg_advisory_lock(1)');
  const rows = Promise.all([connected.query(held), connected.query(held)]);
  let refused = false;
  rows.catch(() => {
    refused = true;
  });
  await until(async () => refused || (await backends('advisory')).length === 2);
  await postgres.query('SELECT pg_advisory_unlock(1)');
  return (await rows).map(([{ pid }]) => pid);
}

/** Ends every connection of the role, as a Lakebase endpoint does that scales to zero. */
async function suspend() {
  await postgres.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${user}'`,
  );
  await until(async () => (await backends()).length === 0);
}

/** No token is to be had while `during` runs; afterwards there is token 3. */
async function refuseTokens(workspace, during) {
  workspace.answer('postgresToken', { ...faults.permissionDenied, times: Infinity });
  invalidateLakebasePostgresToken(await getLakebasePostgresToken());
  await during();
  workspace.answer('postgresToken', null);
  await until(() => getLakebasePostgresToken().then(Boolean, () => false));
}

/** A query may meet a connection whose end has not been noticed yet, but never a refused login. */
async function firstAnswer(connected) {
  let row;
  await until(async () => {
    [row] = await connected.query(WHO).catch((error) => {
      assert.doesNotMatch(causes(error), /28P01|28000|password|ERR_LAKEBASE/);
      return [];
    });
    return row !== undefined;
  });
  return row;
}

async function firstFailure(connected, expected) {
  await until(async () => {
    const reason = await connected.query(WHO).then(() => 'no failure', causes);
    return expected.test(reason);
  });
}

function backends(waitEvent) {
  const waiting = waitEvent ? `AND wait_event = '${waitEvent}'` : '';
  return postgres.query(`SELECT pid FROM pg_stat_activity WHERE usename = '${user}' ${waiting}`);
}

async function login(password) {
  const client = new Client({ ...address, password });
  await client.connect();
  await client.end();
}

async function withAFixedPassword() {
  const { Pool } = await import('pg');
  const pool = new Pool({ ...address, password: await getLakebasePostgresToken() });
  return { query: async (sql) => (await pool.query(sql)).rows, close: () => pool.end() };
}

function nameOf({ file, packages }) {
  const name = file.slice('./'.length, -'.mjs'.length);
  return `${name}, with ${packages.map(withVersion).join(', ')}`;
}

/** Read from its folder: not every package exports its package.json. */
function withVersion(name) {
  const manifest = path.join(import.meta.dirname, 'node_modules', name, 'package.json');
  return `${name} ${JSON.parse(readFileSync(manifest, 'utf8')).version}`;
}
