// The pool of the recipe "Lakebase Off-Platform", without its types and its validated variables.
import pg from 'pg';
import { getLakebasePostgresToken } from '../candidates/recipe.mjs';

const { env } = process;

export const pool = new pg.Pool({
  host: env.PGHOST,
  port: Number(env.PGPORT),
  database: env.PGDATABASE,
  user: env.PGUSER,
  password: () => getLakebasePostgresToken(),
  ssl: { rejectUnauthorized: true },
  max: 10,
  idleTimeoutMillis: 30_000,
  connectionTimeoutMillis: 10_000,
});
