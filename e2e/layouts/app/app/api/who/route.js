import { getLakebasePostgresToken } from 'lakebase-token';
import { Pool } from 'pg';

export const dynamic = 'force-dynamic';

const pool = new Pool({ password: getLakebasePostgresToken, ssl: true });

export async function GET() {
  try {
    // Before the login: this Postgres, unlike Lakebase, holds it to the password from before it began.
    await getLakebasePostgresToken();
    const { rows } = await pool.query('SELECT session_user AS login');
    return Response.json(rows[0]);
  } catch ({ code, message }) {
    return Response.json({ code, message }, { status: 500 });
  }
}
