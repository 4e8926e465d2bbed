import { getLakebasePostgresToken } from 'lakebase-token';
import pg from 'pg';

const pool = new pg.Pool({ password: getLakebasePostgresToken, ssl: true });

export async function whoIsThere() {
  // As in the app.
  await getLakebasePostgresToken();
  const { rows } = await pool.query('SELECT session_user AS login');
  return rows[0];
}
