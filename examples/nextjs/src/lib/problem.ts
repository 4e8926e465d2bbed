// What is wrong, for a page: a code, and a sentence or two. Never a stack, and never a text that is
// not known to be free of secrets and of what users typed.

export interface Problem {
  code: string;
  message: string;
}

/** Puts the error in words; if it has none for it, the whole of it goes into the server's log. */
export function problemOf(error: unknown): Problem {
  const { name, code = codeOfMessage(error), message } = rootCause(error);
  if (name === 'LakebaseTokenError') return { code, message };
  const advice = ADVICE[code] ?? (CERTIFICATE.test(code) ? UNTRUSTED : undefined);
  if (advice) return { code, message: advice };
  console.error(error);
  return { code, message: 'Postgres could not be asked. The log of the server says more.' };
}

/** The error that says what happened: drizzle wraps those of pg, and pg those of its sockets. */
function rootCause(error: unknown): Cause {
  return chain(error).find(({ code }) => code !== undefined) ?? (error as Cause);
}

/** pg gives these no code. */
function codeOfMessage(error: unknown): string {
  const messages = chain(error).map(({ message }) => message);
  if (messages.some((message) => message.includes('timeout'))) return 'ETIMEDOUT';
  if (messages.some((message) => message.includes('terminated'))) return 'ECONNRESET';
  return 'UNKNOWN';
}

function chain(error: unknown): Cause[] {
  return error instanceof Error ? [error, ...chain(error.cause)] : [];
}

type Cause = Error & { code?: string };

const SILENT = 'Postgres did not answer in time. Check PGHOST and the network between.';
const UNTRUSTED =
  'The certificate of Postgres is not trusted. Check PGHOST, and PGSSLROOTCERT for a private authority.';
const CERTIFICATE = /CERT|UNABLE_TO_|ALTNAME/;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, and those of Node's sockets. */
const ADVICE: Record<string, string> = {
  ECONNREFUSED: 'Nothing listens at PGHOST and PGPORT. Check both, and that the endpoint runs.',
  ENOTFOUND: 'There is no such host as PGHOST. Check its spelling.',
  EAI_AGAIN: 'The name PGHOST could not be looked up. Check the network, and try again.',
  ECONNRESET: 'Postgres ended the connection. Try again; it may be restarting.',
  ETIMEDOUT: SILENT,
  EHOSTUNREACH: SILENT,
  ENETUNREACH: SILENT,
  '28P01': 'Postgres refused two tokens. Check that PGUSER is whom they are for, and has a role.',
  '28000': 'Postgres refuses this login. Check that PGUSER has a role, and is let in.',
  '3D000': 'There is no such database. Check PGDATABASE.',
  '42P01': 'A table is missing. Run npm run db:migrate.',
  '42501': 'PGUSER may not do this. Grant it USAGE on the schema, SELECT and INSERT on the table.',
  '53300': 'Postgres has no connection left. Lower max in src/lib/db/index.ts.',
  '57P01': 'Postgres is shutting down. Try again in a moment.',
  '57P03': 'Postgres is starting. Try again in a moment.',
};
