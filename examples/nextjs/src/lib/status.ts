// Everything the page and the route tell, asked once.
import { desc, sql } from 'drizzle-orm';
import {
  getLakebaseCredential,
  getLakebaseTokenStatus,
  type LakebaseTokenStatus,
} from 'lakebase-token';
import { db, pool } from '@/lib/db';
import { type Note, notes } from '@/lib/db/schema';
import { type Problem, problemOf } from '@/lib/problem';
import { type TokenEvent, tokenEvents } from '@/lib/token_events';

export interface Status {
  at: Date;
  health: Health;
  token: LakebaseTokenStatus;
  /** The latest ones, newest first. */
  events: TokenEvent[];
  pool: PoolNumbers;
  login?: Login;
  /** The latest ones, newest first. */
  notes?: Note[];
  /** Why one of these is missing. */
  problems: Problem[];
}

/** `strained`: it works, and somebody should look at it all the same. */
export type Health = 'well' | 'strained' | 'down';

export interface Login {
  user: string;
  database: string;
  server: string;
  host: string;
  /** `null`: the connection is not encrypted. */
  tls: string | null;
  cipher: string | null;
}

export interface PoolNumbers {
  total: number;
  idle: number;
  waiting: number;
  max: number;
}

/** Never rejects: what is wrong is part of the status. */
export async function readStatus(): Promise<Status> {
  // Asking costs nothing while the token is fresh, and starts its renewal when that is due. With
  // open connections alone nobody would ask.
  const noToken = await getLakebaseCredential({ timeoutMs: PATIENCE_MS }).then(noError, theError);
  const login = await settled(readLogin(noToken));
  const latest = login.value && (await settled(latestNotes()));
  const token = getLakebaseTokenStatus();
  const problems = [noToken && problemOf(noToken), login.problem, latest?.problem];
  return {
    at: new Date(),
    health: healthOf(login.value, latest?.value, token),
    token,
    events: tokenEvents(),
    pool: poolNumbers(),
    login: login.value,
    notes: latest?.value,
    problems: different(problems.filter((problem) => problem !== undefined)),
  };
}

async function readLogin(noToken: Error | undefined): Promise<Login> {
  // Only open connections are of use then.
  if (noToken && pool.idleCount === 0) throw noToken;
  const { rows } = await db.execute<Omit<Login, 'host'>>(LOGIN);
  const [login] = rows;
  if (!login) throw new Error('Postgres did not say who is logged in.');
  // The pool has it, whoever told it.
  return { ...login, host: String(pool.options.host) };
}

const LOGIN = sql`
  SELECT current_user AS user, current_database() AS database,
    current_setting('server_version') AS server, ssl.version AS tls, ssl.cipher
  FROM pg_stat_ssl ssl WHERE ssl.pid = pg_backend_pid()`;

async function latestNotes(): Promise<Note[]> {
  return db.select().from(notes).orderBy(desc(notes.id)).limit(LATEST);
}

function poolNumbers(): PoolNumbers {
  const { totalCount, idleCount, waitingCount, options } = pool;
  return { total: totalCount, idle: idleCount, waiting: waitingCount, max: options.max };
}

function healthOf(
  login: Login | undefined,
  latest: Note[] | undefined,
  token: LakebaseTokenStatus,
): Health {
  if (!login) return 'down';
  return latest && token.token && !isRenewalFailing(token) ? 'well' : 'strained';
}

/** The last failure is history once a token has come after it. */
export function isRenewalFailing({ token, lastFailure }: LakebaseTokenStatus): boolean {
  return lastFailure !== undefined && (!token || lastFailure.at > token.issuedAt);
}

/** Without a token, Postgres cannot be asked for the same reason: said once. */
function different(problems: Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()];
}

async function settled<T>(promise: Promise<T>): Promise<{ value?: T; problem?: Problem }> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ problem: problemOf(error) }),
  );
}

const noError = () => undefined;
const theError = (error: Error) => error;

/** How long a page waits for the workspace. */
const PATIENCE_MS = 3_000;
const LATEST = 20;
