import { drizzle } from 'drizzle-orm/node-postgres';
import { getLakebasePostgresToken } from 'lakebase-token';
import { Pool } from 'pg';

export function connect(address) {
  const pool = new Pool({ ...address, password: getLakebasePostgresToken });
  pool.on('error', (error) => console.warn(error.message));
  const db = drizzle({ client: pool });

  return {
    query: async (sql) => (await db.execute(sql)).rows,
    close: () => pool.end(),
  };
}
