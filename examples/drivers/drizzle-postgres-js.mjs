import { drizzle } from 'drizzle-orm/postgres-js';
import { getLakebasePostgresToken } from 'lakebase-token';
import postgres from 'postgres';

export function connect(address) {
  const client = postgres({ ...address, password: getLakebasePostgresToken });
  const db = drizzle({ client });

  return {
    query: (sql) => db.execute(sql),
    close: () => client.end(),
  };
}
