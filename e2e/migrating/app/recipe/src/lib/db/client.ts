import { Pool } from 'pg';
import { env } from '@/lib/env';
import { getLakebasePostgresToken } from '@/lib/lakebase/tokens';

export function createLakebasePool(): Pool {
  return new Pool({
    host: env.PGHOST,
    port: env.PGPORT,
    database: env.PGDATABASE,
    user: env.PGUSER,
    password: () => getLakebasePostgresToken(),
    ssl: { rejectUnauthorized: env.PGSSLMODE !== 'prefer' },
    max: 10,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 10_000,
  });
}
