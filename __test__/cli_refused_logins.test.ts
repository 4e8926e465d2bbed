import { describe, expect, test } from 'vitest';
import { explained } from '../js/cli/verify/refusals.js';

const UUID = 'ad565c34-baeb-4c46-94c2-69fbf78a65a2';
const LOGIN = { PGHOST: 'db.test', PGUSER: UUID, PGDATABASE: 'shop' };
const SERVICE_PRINCIPAL = { DATABRICKS_CLIENT_ID: UUID };

interface Said {
  code?: string;
  message: string;
  detail?: string;
  hint?: string;
}

/** What `verify` makes of an error of a driver. */
function told(said: Said, env: Record<string, string> = {}, subject?: string) {
  const principal = 'DATABRICKS_CLIENT_ID' in env ? 'DATABRICKS_CLIENT_ID' : undefined;
  const identity = { token: 'postgres-token-1', subject, principal };
  const { detail, advice = '' } = explained(said, { ...LOGIN, ...env }, identity);
  return { detail, advice };
}

const REFUSED = { code: '28P01', message: 'password authentication failed' };

describe('a refusal', () => {
  test('is told with its detail and its hint, and no token', () => {
    const { detail } = told({
      code: 'XX000',
      message: 'odd postgres-token-1',
      detail: 'Because of postgres-token-1.',
      hint: 'Try\u001b[2J again',
    });
    expect(detail).toBe('odd … (XX000). DETAIL: Because of …. HINT: Try\ufffd[2J again');
  });

  test.each<[Said, string, string]>([
    [
      { code: '42501', message: 'permission denied for database "shop"' },
      `role ${UUID} may not use database shop`,
      `GRANT CONNECT ON DATABASE "shop" TO "${UUID}";`,
    ],
    [
      { code: '08P01', message: 'SASL authentication failed' },
      'is a connection pooler',
      "Set PGHOST to the endpoint's direct host",
    ],
    [
      { code: '28000', message: 'External authorization failed' },
      'db.test admits nobody now',
      "workspace's IP access list",
    ],
    [
      { code: 'XX000', message: 'External authorization failed' },
      'db.test admits nobody now',
      'native Postgres login may be off',
    ],
    [
      {
        code: '28000',
        message: 'Invalid protocol version. Protocol version: 196608',
        detail: 'Ensure that connection is using SSL.',
      },
      'takes nothing without TLS',
      'PGSSLMODE=verify-full',
    ],
    [
      { code: 'XX000', message: 'The endpoint has been disabled. Enable it using the API' },
      'has been disabled',
      'Enable the endpoint',
    ],
    [
      { code: 'XX000', message: "Couldn't connect to compute node" },
      'does not wake up',
      'its state in the workspace',
    ],
    [
      { code: 'XX000', message: 'Provided authentication token is not a valid JWT encoding' },
      'does not know the token',
      'LAKEBASE_ENDPOINT',
    ],
    [
      { code: '53300', message: 'too many connections for role "x"' },
      'too many connections for role "x"',
      'Make the pools smaller',
    ],
    [{ code: 'CONNECT_TIMEOUT', message: '' }, 'does not finish a login', 'firewall'],
    [{ code: 'CONNECTION_CLOSED', message: '' }, 'closes each connection', 'not HTTPS'],
    [
      { message: 'The server does not support SSL connections' },
      'what answers at db.test is not Lakebase',
      'Check PGHOST and PGPORT.',
    ],
    [
      { code: 'ERR_SSL_WRONG_VERSION_NUMBER', message: '806C:error:0A00010B:SSL routines' },
      'always offers TLS: ERR_SSL_WRONG_VERSION_NUMBER',
      'Check PGHOST and PGPORT.',
    ],
    [{ message: 'odd' }, 'odd', 'Check PGHOST'],
  ])('%j is explained', (said, detail, advice) => {
    const found = told(said);
    expect(found.detail).toContain(detail);
    expect(found.advice).toContain(advice);
  });

  test('quotes names in SQL, and none that is not shown', () => {
    const denied = { code: '42501', message: 'permission denied' };
    const names = told(denied, { PGUSER: 'me@x.test', PGDATABASE: 'my-shop' });
    expect(names.advice).toContain('DATABASE "my-shop" TO "me@x.test";');
    const hidden = told(denied, { PGUSER: 'a"; --', PGDATABASE: 'd?password=canary' });
    expect(hidden.advice).toContain('DATABASE PGDATABASE TO PGUSER;');
    expect(hidden.detail).not.toContain('canary');
  });

  test('recommends what drivers read, and tells what the pool alone reads', () => {
    const { advice } = told({ code: 'SELF_SIGNED_CERT_IN_CHAIN', message: '' });
    expect(advice).toMatch(/^Name its authority in NODE_EXTRA_CA_CERTS/);
    expect(advice).toContain(
      'no other variable. The pool of lakebase-token/pg heeds PGSSLROOTCERT',
    );
  });
});

describe('the role', () => {
  test.each<[string, Record<string, string>, string | undefined, string]>([
    [
      'that is not the one of the token',
      { PGUSER: 'me@x.test' },
      'you@x.test',
      'The token is for you@x.test: set PGUSER to that.',
    ],
    [
      'that is not the service principal’s id',
      { ...SERVICE_PRINCIPAL, PGUSER: 'my-service-principal' },
      undefined,
      `The token is the service principal's: set PGUSER to ${UUID}.`,
    ],
    [
      'of an id that may not be shown',
      { DATABRICKS_CLIENT_ID: 'dose0123456789abcdef0123', PGUSER: 'token' },
      undefined,
      "The token is the service principal's: set PGUSER to the DATABRICKS_CLIENT_ID.",
    ],
    [
      'that was copied out of a URL',
      { DATABRICKS_TOKEN: 'token-1', PGUSER: 'me%40x.test' },
      undefined,
      'PGUSER is percent-encoded: write me@x.test.',
    ],
    [
      'that was copied out of a URL, and is not the token’s',
      { ...SERVICE_PRINCIPAL, PGUSER: 'me%40x.test' },
      undefined,
      `PGUSER is percent-encoded and means me@x.test. The token is the service principal's: set PGUSER to ${UUID}.`,
    ],
    [
      'that hides something behind its encoding',
      { DATABRICKS_TOKEN: 'token-1', PGUSER: 'me%3AS3cretPass%40x.test' },
      undefined,
      'PGUSER is percent-encoded: write it as it is.',
    ],
    [
      'that may be right',
      { DATABRICKS_TOKEN: 'token-1', PGUSER: 'shop' },
      undefined,
      "PGUSER must be the token's identity",
    ],
  ])('%s is advised', (_what, env, subject, advice) => {
    const found = told(REFUSED, env, subject);
    expect(found.advice).toContain(advice);
    expect(found.advice).not.toMatch(/S3cretPass|dose0/);
  });

  test.each<[Record<string, string>, string | undefined, string | undefined]>([
    [SERVICE_PRINCIPAL, undefined, `databricks_create_role('${UUID}', 'SERVICE_PRINCIPAL');`],
    [
      { ...SERVICE_PRINCIPAL, PGUSER: 'x' },
      undefined,
      `databricks_create_role('${UUID}', 'SERVICE_PRINCIPAL');`,
    ],
    [
      { DATABRICKS_TOKEN: 'token-1', PGUSER: "o'neil@x.test" },
      undefined,
      "databricks_create_role('o''neil@x.test', 'USER');",
    ],
    [{ PGUSER: 'me%40x.test' }, undefined, "databricks_create_role('me@x.test', 'USER');"],
    [{ PGUSER: 'x' }, 'me@x.test', "databricks_create_role('me@x.test', 'USER');"],
    [{ DATABRICKS_TOKEN: 'token-1', PGUSER: 'token' }, undefined, undefined],
    [{ DATABRICKS_CLIENT_ID: 'me', PGUSER: 'shop' }, undefined, undefined],
  ])('of %j, for %s, is made with %s', (env, subject, sql) => {
    const { advice } = told(REFUSED, env, subject);
    if (sql === undefined) expect(advice).not.toContain('databricks_create_role');
    else expect(advice).toContain(sql);
  });
});
