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
    if (!isRefusedLogin(error) || !(await hasAnotherToken(tokens))) throw error;
    return run(db);
  }
}

/**
 * Resolves to whether there is a token that came after the first `tokens`. It is in hand before
 * Postgres is asked again, which then need not wait for it.
 */
async function hasAnotherToken(tokens: number): Promise<boolean> {
  const status = getLakebaseTokenStatus();
  // Otherwise somebody was faster: another token has come, or is on its way.
  if (status.token && status.tokens === tokens) {
    if (isNew(status.token)) return false;
    invalidateLakebasePostgresToken(await getLakebasePostgresToken());
  }
  await getLakebasePostgresToken();
  return true;
}

/** If even a new token is refused, PGUSER is wrong: not every query shall ask for another then. */
function isNew({ issuedAt, expiresAt }: { issuedAt: Date; expiresAt: Date }): boolean {
  const lifetimeMs = expiresAt.getTime() - issuedAt.getTime();
  return Date.now() - issuedAt.getTime() < lifetimeMs / 10;
}

/** invalid_password, invalid_authorization_specification */
function isRefusedLogin(error: unknown): boolean {
  return ['28P01', '28000'].includes(String(rootCause(error).code));
}
