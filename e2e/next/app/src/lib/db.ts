import { getLakebasePostgresToken } from 'lakebase-token';
import { Pool } from 'pg';
import { edition, visitByPool } from './pool';

// Every query is a login of its own, which asks for the token.
const pool = new Pool({ password: getLakebasePostgresToken, ssl: true, maxUses: 1 });

/** What the server says who logged in, having written down that this entry point was here. */
export async function visit(entry: string) {
  await visitByPool(entry);
  const { rows } = await pool.query<{ login: string }>(
    'INSERT INTO visits (entry) VALUES ($1) RETURNING login',
    [entry],
  );
  return `${entry} is ${rows[0].login}, ${edition} edition`;
}
