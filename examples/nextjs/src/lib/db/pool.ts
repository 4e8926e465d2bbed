import { readFileSync } from 'node:fs';
import { getLakebasePostgresToken } from 'lakebase-token';
import { Pool } from 'pg';
import { env } from '@/lib/env';

// Next.js holds several copies of a module, and makes another at each hot reload: on `globalThis`
// there is one pool all the same. The token needs no such care.
const shared = globalThis as typeof globalThis & { examplePool?: Pool };

/** The pool of this process, made when it is first needed: a build has no variables. */
export function pool(): Pool {
  shared.examplePool ??= openPool();
  return shared.examplePool;
}

/** How many connections there are now; nobody has needed one yet if there is no pool. */
export function poolNumbers(): PoolNumbers {
  const { totalCount = 0, idleCount = 0, waitingCount = 0, options } = shared.examplePool ?? {};
  return { total: totalCount, idle: idleCount, waiting: waitingCount, max: options?.max ?? MAX };
}

export interface PoolNumbers {
  total: number;
  idle: number;
  waiting: number;
  max: number;
}

function openPool(): Pool {
  const { host, port, user, database, caFile } = env();
  const pool = new Pool({
    host,
    port,
    user,
    database,
    // Both verify the server's certificate and its name.
    ssl: caFile ? { ca: readFileSync(caFile, 'utf8') } : true,
    password: getLakebasePostgresToken,
    max: MAX,
    idleTimeoutMillis: 30_000,
    // More than the nine seconds after which lakebase-token gives up: its error says more.
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
  });
  // An idle connection may be lost, as when the compute is suspended. The pool has already let go of
  // it; without a listener the process would end.
  pool.on('error', (error) => console.warn('An idle connection was lost:', error.message));
  return pool;
}

/** Of one process: with n instances of the app, Postgres sees n times as many. */
const MAX = 5;
