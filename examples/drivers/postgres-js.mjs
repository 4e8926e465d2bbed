import { getLakebasePostgresToken } from 'lakebase-token';
import postgres from 'postgres';

export function connect(address) {
  const sql = postgres({ ...address, password: getLakebasePostgresToken });

  return {
    query: (text) => sql.unsafe(text),
    close: () => sql.end(),
  };
}
