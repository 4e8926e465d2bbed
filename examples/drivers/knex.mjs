import createKnex from 'knex';
import { getLakebasePostgresToken } from 'lakebase-token';

export function connect(address) {
  const knex = createKnex({
    client: 'pg',
    connection: { ...address, password: getLakebasePostgresToken },
  });

  return {
    query: async (sql) => (await knex.raw(sql)).rows,
    close: () => knex.destroy(),
  };
}
