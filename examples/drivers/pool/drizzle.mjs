import { drizzle } from 'drizzle-orm/node-postgres';
import { getLakebasePool } from 'lakebase-token/pg';

export function connect(address) {
  const pool = getLakebasePool(address);
  const db = drizzle({ client: pool });

  return {
    query: async (sql) => (await db.execute(sql)).rows,
    close: () => pool.end(),
  };
}
