import { drizzle } from 'drizzle-orm/node-postgres';
import { getLakebasePool } from 'lakebase-token/pg';
import * as schema from './schema';

/** One for the process, however many copies of this module Next.js holds. A build, which has no variables, opens nothing. */
export const pool = getLakebasePool({
  // Of one process: with n instances of the app, Postgres sees n times as many.
  max: 5,
  idleTimeoutMillis: 30_000,
  query_timeout: 10_000,
});

export const db = drizzle({ client: pool, schema });
