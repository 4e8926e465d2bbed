import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { password } from './postgres-js.mjs';

export function connect(address) {
  const client = postgres({ ...address, password });
  const db = drizzle({ client });

  return {
    query: (sql) => db.execute(sql),
    close: () => client.end({ timeout: 5 }),
  };
}
