import createKnex from 'knex';
import { getLakebasePgConfig } from 'lakebase-token/pg';

export function connect(address) {
  const knex = createKnex({ client: 'pg', connection: getLakebasePgConfig(address) });

  return {
    query: async (sql) => (await knex.raw(sql)).rows,
    close: () => knex.destroy(),
  };
}
