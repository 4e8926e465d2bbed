// Prints what comes of a few queries.
import { createLakebasePool } from '@/lib/db/client';

const pool = createLakebasePool();
const { password } = pool.options;
// This Postgres wants the token before a login begins.
if (typeof password === 'function') await password();

const client = await pool.connect();
await client.query('BEGIN');
const { rows } = await client.query('SELECT current_user AS role, $1::int + 1 AS two', [1]);
await client.query('ROLLBACK');
client.release();
const refusal = await pool.query('SELECT 1 / 0').catch(({ code }) => code);
const encrypted = await pool.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
console.log(JSON.stringify({ rows, refusal, encrypted: encrypted.rows, max: pool.options.max }));
await pool.end();
