// The pool: from the first line of a fresh process to the first answer of a real Postgres, and another connection once the
// token is cached. Each pool has its defaults, encrypts and verifies, and all have one copy of `pg`, the one that the
// official client brings along. Postgres is on this machine and takes a password as SCRAM, with a hash of 4,096 rounds on
// either side.
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { run } from '../programs.mjs';
import { installPools } from '../setup.mjs';
import { median } from '../statistics.mjs';
import { inTurns } from '../turns.mjs';
import { startWorkspace } from './cold.mjs';

const { startPostgres } = createRequire(import.meta.url)('../../support/postgres/postgres.js');

export const title = 'The pool';

const LIFETIME_MS = 3_600_000;

export async function measure({ host, candidates, folder, quick, progress }) {
  const rounds = quick ? 1 : 15;
  const connections = String(quick ? 3 : 30);
  progress('Installing the pools');
  const entries = installPools(folder, candidates);
  const postgres = await startPostgres();
  const rows = [];
  for (const latencyMs of quick ? [0] : [0, 150]) {
    const workspace = await startWorkspace(host, { protocol: 'https', latencyMs });
    await onlyToken(workspace, postgres);
    const env = { ...workspace.env, ...postgres.env };
    const runOnce = ({ pool }) => run('pool.mjs', [pool, connections], { env });
    const group = `https, ${latencyMs} ms per request`;
    const runs = await inTurns({ entries, rounds, runOnce }, (done) =>
      progress(`${group}: ${done}`),
    );
    const requests = (await workspace.requests()).length;
    await workspace.close();
    if (requests === 0) throw new Error('Nobody asked for a token.');
    rows.push(...rowsOf(runs, candidates, group));
  }
  await postgres.stop();
  return rows;
}

/**
 * A role of Postgres has one password, held to what it was when the connection began, while Lakebase takes every
 * token. So the workspace gives one token for ever, and Postgres knows it beforehand.
 */
async function onlyToken(workspace, postgres) {
  const token = `postgres-token-1-${randomBytes(700).toString('base64url')}`;
  const expiresAt = new Date(Date.now() + LIFETIME_MS).toISOString();
  await postgres.acceptToken({ token, expiresAt });
  await workspace.answer('postgresToken', { body: { token, expire_time: expiresAt } });
}

function rowsOf(runs, candidates, group) {
  const row = (what, pick) => ({
    group,
    what,
    unit: 'ms',
    values: candidates.map(({ name }) => median(runs[name].map(pick))),
  });
  return [
    row('import', ({ importMs }) => importMs),
    row('import + first query', ({ firstMs }) => firstMs),
    row('a further connection', ({ furtherMs }) => furtherMs),
  ];
}
