import { once } from 'node:events';
import { getLakebasePostgresToken } from 'lakebase-token';
import { faults } from 'lakebase-token/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres/postgres.js';
import { hasPostgres, hasSignals } from './support/platform';
import { startProgram } from './support/programs';
import { startWorkspace } from './support/workspace';

/** For machines that are busy with something else. */
const PATIENCE_MS = 120_000;

let postgres: Awaited<ReturnType<typeof startPostgres>>;

beforeAll(async () => {
  postgres = await startPostgres();
  // Postgres shall not be the one who closes what was left open.
  await postgres.query("ALTER SYSTEM SET authentication_timeout = '10min'");
  await postgres.query('SELECT pg_reload_conf()');
}, PATIENCE_MS);

afterAll(() => postgres?.stop(), PATIENCE_MS);

test.runIf(hasPostgres && hasSignals)(
  'a pool of pg has no more sockets than it may while there is no token, and ends',
  async () => {
    const program = startProgram(
      `import { createServer } from 'node:http';
    import { getLakebasePostgresToken } from 'lakebase-token';
    import { Pool } from 'pg';

    const address = JSON.parse(process.env.ADDRESS);
    const pool = new Pool({ ...address, max: 3, password: getLakebasePostgresToken });
    const server = createServer().listen(0, '127.0.0.1');
    process.once('SIGTERM', () => {
      server.close();
      pool.end();
    });

    let most = 0;
    // A socket that was closed is no longer listed when timers run.
    const looks = setInterval(() => {
      const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap');
      most = Math.max(most, sockets.length);
    }, 1);
    const heard = new Set();
    const query = () => pool.query('SELECT 1').then(
      () => heard.add('a row'),
      ({ name, code }) => heard.add(name + ' ' + code),
    );
    for (let queries = 0; queries < 20; queries += 1) await query();
    await Promise.all(Array.from({ length: 20 }, query));
    clearInterval(looks);
    console.log(JSON.stringify({ most, heard: [...heard] }));`,
      { ...(await noToken()).env, ADDRESS: JSON.stringify(address()) },
    );
    const { most, heard } = JSON.parse(await program.line((line) => line.startsWith('{')));
    expect(heard).toEqual(['LakebaseTokenError ERR_LAKEBASE_FORBIDDEN']);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(3);
    program.signal('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  },
  PATIENCE_MS,
);

test.runIf(hasPostgres).each([
  ['at once', {}],
  ['after a while', { delayMs: 200 }],
])('a client of pg that is refused %s is told why, and has ended', async (_, delay) => {
  await noToken(delay);
  const client = new Client({ ...address(), password: getLakebasePostgresToken });
  const ended = once(client, 'end');
  await expect(client.connect()).rejects.toMatchObject({ code: 'ERR_LAKEBASE_FORBIDDEN' });
  await ended;
  await client.end();
});

async function noToken(delay: { delayMs?: number } = {}) {
  const workspace = await startWorkspace();
  const refusal = { ...faults.permissionDenied, ...delay, times: Number.POSITIVE_INFINITY };
  workspace.answer('postgresToken', refusal);
  return workspace;
}

function address() {
  const { host, port, user, database, ca } = postgres;
  return { host, port, user, database, ssl: { ca } };
}
