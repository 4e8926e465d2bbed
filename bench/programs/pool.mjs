// From the first line to the first answer of Postgres through a candidate's pool, and what each further connection takes.
//
//   node pool.mjs POOL CONNECTIONS
import { median } from '../statistics.mjs';

const [candidate, connections] = process.argv.slice(2);
const startedAt = performance.now();
const { pool } = await import(candidate);
const importMs = performance.now() - startedAt;
const first = await pool.connect();
const { rows } = await first.query('SELECT current_user AS role');
const firstMs = performance.now() - startedAt;
if (rows[0].role !== process.env.PGUSER)
  throw new Error(`${candidate} logged in as somebody else.`);

// The first one stays in use, so that there is no idle one to be had.
const furtherMs = [];
for (let number = 0; number < Number(connections); number += 1) {
  const calledAt = performance.now();
  const client = await pool.connect();
  furtherMs.push(performance.now() - calledAt);
  client.release(true);
}
first.release();
await pool.end();
console.log(JSON.stringify({ importMs, firstMs, furtherMs: median(furtherMs) }));
