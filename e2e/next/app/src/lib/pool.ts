// Nothing of pg is imported here but by lakebase-token/pg.
import { getLakebasePool } from 'lakebase-token/pg';

// One connection for ever: two of them would tell of two pools.
const pool = getLakebasePool({ max: 1, idleTimeoutMillis: 0 });

/** Writes down which copy of this module was here, and by which connection. */
export async function visitByPool(entry: string) {
  const { rows } = await pool.query<{ login: string }>(
    'INSERT INTO visits (entry, copy, connection) VALUES ($1, $2, pg_backend_pid()) RETURNING login',
    [entry, copy],
  );
  return `${entry} is ${rows[0].login}`;
}

export const edition = 'first';

const shared = globalThis as typeof globalThis & { copies?: number };
shared.copies = (shared.copies ?? 0) + 1;
const copy = shared.copies;
