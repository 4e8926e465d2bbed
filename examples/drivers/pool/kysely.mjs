import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import { getLakebasePool } from 'lakebase-token/pg';

export function connect(address) {
  const db = new Kysely({ dialect: new PostgresDialect({ pool: getLakebasePool(address) }) });

  return {
    query: async (sql) => (await db.executeQuery(CompiledQuery.raw(sql))).rows,
    close: () => db.destroy(),
  };
}
