// Prints what comes of transactions, a notification and an ORM's queries.
import { once } from 'node:events';
import type { PoolClient } from 'pg';
import * as withListener from './listener';
import * as withOrm from './orm';
import { pool } from './pool';

const { listener } = withListener;
const { orm } = withOrm;

/** This Postgres admits the newest token alone, and wants it before a login begins. */
async function tokenInHand({ password }: { password?: unknown }) {
  if (typeof password === 'function') await password();
}

async function transaction(run: (client: PoolClient) => Promise<unknown>) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await run(client);
    await client.query('COMMIT');
    return 'committed';
  } catch (error) {
    await client.query('ROLLBACK');
    return (error as { code?: string }).code;
  } finally {
    client.release();
  }
}

const order = (client: PoolClient, id: number) =>
  client.query('INSERT INTO orders (id, author) VALUES ($1, current_user)', [id]);

await tokenInHand(pool.options);
await pool.query('CREATE TABLE orders (id int PRIMARY KEY, author text NOT NULL)');
const transactions = [
  await transaction((client) => order(client, 1)),
  await transaction(async (client) => {
    await order(client, 2);
    await order(client, 1);
  }),
];
const { rows } = await pool.query('SELECT * FROM orders');
const encrypted = await pool.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');

await tokenInHand(withListener.config);
await listener.connect();
await listener.query('LISTEN orders');
const notified = once(listener, 'notification');
await pool.query("SELECT pg_notify('orders', '1')");
const [{ payload }] = await notified;
const limit = await listener.query('SHOW statement_timeout');

await tokenInHand(withOrm.config);
await orm.initialize();
const found = await orm.transaction(async (manager) => {
  await manager.query('INSERT INTO orders (id, author) VALUES (3, current_user)');
  return manager.query('SELECT id, author FROM orders ORDER BY id');
});

const told = { transactions, rows, encrypted: encrypted.rows, payload, limit: limit.rows, found };
console.log(JSON.stringify({ ...told, connections: pool.totalCount, max: pool.options.max }));
await Promise.all([pool.query('DROP TABLE orders'), listener.end(), orm.destroy()]);
await pool.end();
