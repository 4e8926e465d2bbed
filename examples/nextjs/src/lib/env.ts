// The variables of this app, validated when they are first needed: importing this must not fail, for
// `next build` imports every module and has none. lakebase-token validates its own, and says what is
// missing of an identity: that may be a profile, or nothing.

export interface Env {
  host: string;
  port: number;
  user: string;
  database: string;
  /** A file with the certificate authority of the server, where it is a private one. */
  caFile: string | undefined;
}

/** Throws an `Error` with a `code` that names every variable concerned, not only the first. */
export function env(): Env {
  const { PGHOST: host, PGPORT, PGUSER: user, PGDATABASE: database, PGSSLROOTCERT } = process.env;
  if (!host || !user || !database) {
    const missing = Object.entries({ PGHOST: host, PGUSER: user, PGDATABASE: database })
      .filter(([, value]) => !value)
      .map(([name]) => name);
    throw envError('ENV_MISSING', `${list(missing)} not set. Set them as .env.example shows.`);
  }
  const port = Number(PGPORT || 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw envError('ENV_INVALID', 'PGPORT is no port. Set a number from 1 to 65535, or nothing.');
  }
  // `system` is no file: psql's word for the authorities that Node trusts anyway.
  const caFile = PGSSLROOTCERT === 'system' ? undefined : PGSSLROOTCERT || undefined;
  return { host, port, user, database, caFile };
}

export type EnvErrorCode = 'ENV_MISSING' | 'ENV_INVALID';

function envError(code: EnvErrorCode, message: string): Error & { code: EnvErrorCode } {
  return Object.assign(new Error(message), { code });
}

function list(names: string[]): string {
  const all = new Intl.ListFormat('en').format(names);
  return `${all} ${names.length === 1 ? 'is' : 'are'}`;
}
