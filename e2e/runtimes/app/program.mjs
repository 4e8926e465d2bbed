// What every runtime runs. `program.mjs CASE` prints what it saw as one line of JSON, and leaves the
// judgement to checks.mjs; then it must end by itself.
import { createRequire } from 'node:module';
import process from 'node:process';
import {
  createLakebaseTokens,
  getLakebaseCredential,
  getLakebasePostgresToken,
  getLakebaseTokenStatus,
  invalidateLakebasePostgresToken,
} from 'lakebase-token';
import { contextOfAQuery, contexts, keptContext } from './contexts.mjs';
import { emulator, reset } from './emulating.mjs';
import { ownEnvironment, terminated, workers } from './threads.mjs';

const require = createRequire(import.meta.url);

const cases = {
  load() {
    const required = require('lakebase-token');
    const names = Object.keys(required).sort();
    const imported = {
      createLakebaseTokens,
      getLakebaseCredential,
      getLakebasePostgresToken,
      getLakebaseTokenStatus,
      invalidateLakebasePostgresToken,
    };
    return { names, same: names.every((name) => required[name] === imported[name]) };
  },

  async token() {
    const token = await getLakebasePostgresToken();
    const [one, other] = [getLakebasePostgresToken(), getLakebasePostgresToken()];
    return { token, isRemembered: one === other };
  },

  async invalidate() {
    const first = await getLakebasePostgresToken();
    const forgets = [0, 1].map(() => invalidateLakebasePostgresToken(first));
    return { first, forgets, second: await getLakebasePostgresToken() };
  },

  async error() {
    const error = await rejection(getLakebasePostgresToken());
    const { name, code, message, retryable, status, errorCode, requestId } = error;
    const isError = error instanceof Error;
    return { isError, name, code, message, retryable, status, errorCode, requestId };
  },

  /** Whichever of the two it is. */
  outcome() {
    return getLakebasePostgresToken().then(
      (token) => ({ token }),
      ({ code, message }) => ({ code, message }),
    );
  },

  async credential() {
    const { token, expiresAt } = await getLakebaseCredential({ minLifetimeMs: 60_000 });
    const misuse = await rejection(getLakebaseCredential({ timeoutMs: -1 }));
    return { token, isDate: expiresAt instanceof Date, expiresAt, misuse: misuse.code };
  },

  async timeout() {
    return (await rejection(getLakebaseCredential({ timeoutMs: 300 }))).code;
  },

  async abort() {
    const [reason, controller] = [new Error('changed my mind'), new AbortController()];
    const left = getLakebaseCredential({ signal: controller.signal });
    controller.abort(reason);
    const late = getLakebaseCredential({ signal: AbortSignal.abort(reason) });
    const reasons = [await rejection(left), await rejection(late)];
    return {
      isReason: reasons.every((one) => one === reason),
      token: await getLakebasePostgresToken(),
    };
  },

  async status() {
    const before = getLakebaseTokenStatus();
    const token = getLakebasePostgresToken();
    const during = getLakebaseTokenStatus();
    await token;
    const after = getLakebaseTokenStatus();
    const areDates = Object.values(after.token).every((moment) => moment instanceof Date);
    return { before, during, after, areDates };
  },

  async copies() {
    const copy = createRequire(new URL('copy/app.js', import.meta.url))('lakebase-token');
    const isAnother = copy.getLakebasePostgresToken !== getLakebasePostgresToken;
    const tokens = [await getLakebasePostgresToken(), await copy.getLakebasePostgresToken()];
    return { isAnother, tokens };
  },

  async login() {
    const { Pool } = await import('pg');
    // A plain Postgres looks the password up before it asks for it, so it has to be the token by then.
    await getLakebasePostgresToken();
    const ssl = { ca: process.env.CA };
    const pool = new Pool({ ssl, password: getLakebasePostgresToken });
    const { rows } = await pool.query(
      'SELECT current_user AS user, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    await pool.end();
    return rows;
  },

  contexts,
  contextOfAQuery,
  keptContext,
  workers,
  terminated,
  ownEnvironment,
  emulator,
  reset,

  // Nobody awaits this one: it is the call alone that keeps the process alive.
  pending() {
    void getLakebasePostgresToken().then((token) => console.log(JSON.stringify(token)));
  },

  exit() {
    for (let calls = 0; calls < 10; calls += 1) void getLakebasePostgresToken();
    process.exit(7);
  },
};

async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It was fulfilled.');
}

const seen = await cases[process.argv[2]]();
if (seen !== undefined) console.log(JSON.stringify(seen));
