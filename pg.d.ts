/**
 * `lakebase-token/pg`: a pool of your own `pg` that logs in to Lakebase.
 *
 * ```ts
 * import { getLakebasePool } from 'lakebase-token/pg';
 *
 * const { rows } = await getLakebasePool().query('SELECT 1');
 * ```
 *
 * Host, user and database come from `PGHOST`, `PGUSER` and `PGDATABASE`, or from options. They are read for the first
 * connection, and not before: neither importing this nor calling it needs variables.
 */

import type { Pool, PoolConfig } from 'pg';
import type { LakebaseTokens } from './index';

/**
 * The pool of this process: the same one for the same options, however many copies of this module there are. Options are
 * compared by value, functions in them by identity; `tokens` by what they come to, `onIdleError` not at all. A pool that was
 * ended is replaced by the next call.
 *
 * It is a `Pool` of the app's own `pg`, and differs in how it connects alone:
 *
 * - Without `host`, `user` and so on it takes `PGHOST`, `PGPORT` (5432), `PGUSER` (the client id of the identity) and `PGDATABASE`
 *   (`databricks_postgres`).
 * - Without `PGHOST` the workspace is asked for the endpoint's host, once; again when nobody listens there any more, at most once
 *   a minute. The last host that was found is kept.
 * - Without a client id and `PGUSER` the user is whom the token is for, where it says so, else who asks by the workspace's word.
 * - A look-up that fails fails the connection, and its error names the variable.
 * - It encrypts, and verifies the server's certificate and name; `PGSSLROOTCERT` names a private authority. `PGSSLMODE` may be
 *   `require`, `verify-ca` or `verify-full`, which come to the same, and `disable` for a Postgres on this machine.
 * - A login with a token that Postgres refuses is made once more, with another token.
 * - A server that starts (`57P03`) or is not there yet is waited for, up to `connectionTimeoutMillis` (10,000).
 * - An idle connection that is lost ends no process.
 *
 * No statement is ever repeated.
 *
 * Throws a `TypeError` for an option that it does not take, with what takes its place.
 */
export function getLakebasePool(options?: LakebasePoolOptions): Pool;

export interface LakebasePoolOptions extends Omit<PoolConfig, NotTaken> {
  /** Of `createLakebaseTokens`. Default: those of `getLakebasePostgresToken`. */
  tokens?: LakebaseTokens | undefined;
  /** Called in place of `console.warn` when an idle connection was lost. */
  onIdleError?: ((error: Error) => void) | undefined;
}

/**
 * Where to connect and as whom, from the options and the environment of this moment, with the same rules: for what makes its own
 * connections, such as `new PrismaPg(getLakebasePgConfig())`. It asks nobody: `PGHOST` has to be set, and `PGUSER` where the identity has
 * no client id (`npx lakebase-token init` writes them). It has `user` and `username`, so that it can be spread into TypeORM's options too.
 *
 * Throws a `LakebaseTokenError` that names every variable that is missing (`ERR_LAKEBASE_CONFIG_MISSING`) or wrong
 * (`ERR_LAKEBASE_CONFIG_INVALID`).
 */
export function getLakebasePgConfig(options?: LakebasePgConfigOptions): LakebasePgConfig;

export interface LakebasePgConfigOptions extends Omit<PoolConfig, NotTaken> {
  /** Of `createLakebaseTokens`. Default: those of `getLakebasePostgresToken`. */
  tokens?: LakebaseTokens | undefined;
}

export interface LakebasePgConfig extends Omit<PoolConfig, NotTaken> {
  host: string;
  port: number;
  user: string;
  username: string;
  database: string;
  /** Without what Node's types of clients and of servers, which TypeORM takes, do not agree about. */
  ssl: boolean | Omit<Extract<PoolConfig['ssl'], object>, 'pskCallback'>;
  password: () => Promise<string>;
  connectionTimeoutMillis: number;
}

type NotTaken = 'password' | 'connectionString' | 'Client';
