// Where the address comes from a function: Knex calls it once and keeps the answer, so that a token in
// it would be kept as well. The password in it is a function again.
import createKnex from 'knex';
import { getLakebasePostgresToken } from 'lakebase-token';

export function connect(address) {
  const knex = createKnex({
    client: 'pg',
    connection: async () => ({ ...address, password: getLakebasePostgresToken }),
  });

  return {
    query: async (sql) => (await knex.raw(sql)).rows,
    close: () => knex.destroy(),
  };
}
