import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import {
  getLakebasePostgresToken,
  getLakebaseTokenStatus,
  invalidateLakebasePostgresToken,
} from 'lakebase-token';
import { rootCause } from '@/lib/problem';
import { pool } from './pool';
import * as schema from './schema';

export type Database = NodePgDatabase<typeof schema>;

/**
 * Runs a query, and once more with another token if Postgres refused the login: the token was revoked,
 * or the role made anew. A refused login has run nothing, so nothing runs twice.
 */
export async function query<T>(run: (db: Database) => Promise<T>): Promise<T> {
  const db = drizzle({ client: pool(), schema });
  const { tokens } = getLakebaseTokenStatus();
  try {
    return await run(db);
  } catch (error) {
    if (!REFUSED_LOGIN.has(String(rootCause(error).code))) throw error;
    // If another token has come since, somebody was faster, and that one has not been refused.
    const now = getLakebaseTokenStatus();
    if (now.token && now.tokens === tokens) {
      invalidateLakebasePostgresToken(await getLakebasePostgresToken());
    }
    // With the token in hand, before Postgres is asked: a login then takes no longer than it has to.
    await getLakebasePostgresToken();
    return await run(db);
  }
}

/** invalid_password, invalid_authorization_specification */
const REFUSED_LOGIN = new Set(['28P01', '28000']);
