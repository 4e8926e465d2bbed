import { getLakebasePostgresToken } from 'lakebase-token';
import { Pool } from 'pg';

/** `address` is `{ host, port, user, database, ssl }` in all these files. */
export function connect(address) {
  const pool = new Pool({ ...address, password: getLakebasePostgresToken });
  // An idle connection that Lakebase ends (it suspends) would otherwise end the process.
  pool.on('error', (error) => console.warn(error.message));

  return {
    query: async (sql) => (await pool.query(sql)).rows,
    close: () => pool.end(),
  };
}
