import { getLakebasePool } from 'lakebase-token/pg';

export function connect(address) {
  const pool = getLakebasePool(address);

  return {
    query: async (sql) => (await pool.query(sql)).rows,
    close: () => pool.end(),
  };
}
