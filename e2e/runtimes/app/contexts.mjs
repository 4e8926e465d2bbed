// What is seen of the async contexts in which calls are made.
import { AsyncLocalStorage } from 'node:async_hooks';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLakebaseTokens, getLakebasePostgresToken } from 'lakebase-token';

const request = new AsyncLocalStorage();

/** Of two at once, of which only the second has an ID token. */
export async function contexts() {
  const { asked, getToken } = provider('second');
  const calls = ['first', 'second'].map((name) => request.run(name, getToken));
  return { tokens: await Promise.all(calls), asked };
}

/** Of the query for which a driver connects. */
export async function contextOfAQuery() {
  const { asked, getToken } = provider();
  const driver = await import(process.env.DRIVER);
  const options = { ssl: { ca: process.env.CA }, password: getToken };
  const ways = {
    pg() {
      const pool = new driver.Pool(options);
      return [() => pool.query('SELECT 1'), () => pool.end()];
    },
    postgres() {
      const sql = driver.default({ ...options, max: 1 });
      return [() => sql`SELECT 1`, () => sql.end({ timeout: 0 })];
    },
  };
  const [query, end] = ways[process.env.DRIVER]();
  // A plain Postgres looks the password up before it asks for it, so it refuses this one.
  await request.run('query', async () => await query()).catch(() => {});
  await end();
  return asked;
}

/** Whether anything holds the request that loads the addon, once it is over. */
export async function keptContext() {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  const store = new WeakRef(await servedRequest());
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  return { isKept: store.deref() !== undefined };
}

async function servedRequest() {
  const store = { name: 'first' };
  await request.run(store, getLakebasePostgresToken);
  return store;
}

/** Gives an ID token to all requests, or to that one alone. */
function provider(name) {
  const asked = [];
  const idToken = async () => {
    await Promise.resolve();
    asked.push(request.getStore());
    if (name !== undefined && request.getStore() !== name) throw new Error('no ID token here');
    return process.env.DATABRICKS_OIDC_TOKEN;
  };
  const clientId = process.env.DATABRICKS_CLIENT_ID;
  return { asked, ...createLakebaseTokens({ identity: { clientId, idToken } }) };
}
