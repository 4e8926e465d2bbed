import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import { getLakebasePostgresToken } from 'lakebase-token';
import { Pool } from 'pg';

export function connect(address) {
  const pool = new Pool({ ...address, password: getLakebasePostgresToken });
  pool.on('error', (error) => console.warn(error.message));
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) });

  return {
    query: async (sql) => (await db.executeQuery(CompiledQuery.raw(sql))).rows,
    close: () => db.destroy(),
  };
}
