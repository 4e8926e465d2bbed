import { getLakebasePostgresToken } from 'lakebase-token';
import postgres from 'postgres';

export function connect(address) {
  const sql = postgres({ ...address, password });

  return {
    query: (text) => sql.unsafe(text),
    // Without a limit it waits for ever once a query has met a connection that the server had ended.
    close: () => sql.end({ timeout: 5 }),
  };
}

/**
 * postgres.js does not handle a rejection of its password function, which ends the process. An empty
 * password is refused instead: the query fails with 28P01.
 */
export function password() {
  return getLakebasePostgresToken().catch((error) => {
    console.warn(error.message);
    return '';
  });
}
