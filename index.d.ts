/**
 * `lakebase-token`: the password a Node.js process needs to log in to Databricks Lakebase Postgres.
 *
 * ```ts
 * import { getLakebasePostgresToken } from 'lakebase-token';
 * import { Pool } from 'pg';
 *
 * export const pool = new Pool({
 *   host: process.env.PGHOST,
 *   user: process.env.PGUSER,
 *   database: process.env.PGDATABASE,
 *   ssl: true,
 *   password: getLakebasePostgresToken,
 * });
 * ```
 *
 * Reads from `process.env`, when it has no fresh token and not before: `DATABRICKS_HOST`,
 * `LAKEBASE_ENDPOINT` (`projects/<project>/branches/<branch>/endpoints/<endpoint>`), and
 * `DATABRICKS_TOKEN`, or `DATABRICKS_CLIENT_ID` with `DATABRICKS_CLIENT_SECRET`. A
 * `DATABRICKS_TOKEN` wins; an empty variable counts as unset. Without them it reads the profile of
 * `~/.databrickscfg` that `DATABRICKS_CONFIG_PROFILE` names, or the default one: its host, and its
 * token, client id and secret, or login of the Databricks CLI, which it runs. docs/identities.md has
 * the whole order.
 *
 * One cache serves the whole process: worker threads, and all copies that a bundler makes of the
 * module. Importing it reads nothing, starts nothing and never throws.
 */

/**
 * Resolves to a Postgres token: the password of one login.
 *
 * The token can be used at once and for at least ten seconds (a tenth of its life, if it lives less
 * than 100 seconds); Lakebase checks it at login only. While it is fresh the same promise is
 * returned again, in well under a microsecond. A renewal begins 22 to 24 minutes before the expiry
 * (about halfway through a life of less than 48 minutes), and nobody waits for it.
 *
 * All arguments are ignored, so it can be given to whatever calls a password function. Give the
 * function itself to `pg` and what is built on it, not a wrapper: `pg` calls it as a method of its
 * client, and would leave the connection open whose password is rejected. It is closed here.
 *
 * Rejects with a {@link LakebaseTokenError} after nine seconds at the latest, and only while there
 * is no usable token.
 */
export function getLakebasePostgresToken(): Promise<string>;

/**
 * Resolves to the same token as {@link getLakebasePostgresToken}, with its expiry: for what has to
 * know how long it may use the token, such as tools, URLs and other processes. Both share one cache
 * and the same requests.
 *
 * ```ts
 * const { token } = await getLakebaseCredential({ minLifetimeMs: 30 * 60_000 });
 * ```
 *
 * Rejects with a {@link LakebaseTokenError}; with the signal's reason when it aborts; with a
 * `TypeError` or `RangeError` for an option that cannot be used.
 */
export function getLakebaseCredential(options?: CredentialOptions): Promise<LakebaseCredential>;

export interface CredentialOptions {
  /** Stops waiting when it aborts; the request continues for other callers and for the cache. */
  signal?: Signal | undefined;
  /** How long to wait at most, in milliseconds. Default 9000, at most a day. */
  timeoutMs?: number | undefined;
  /**
   * The minimum remaining lifetime of the token, in milliseconds. Default 0: any usable token. A token
   * with less is renewed, and only this caller waits for that. Where the workspace issues tokens
   * that live shorter, it gets one that is as good as new: look at `expiresAt`. While renewals fail
   * it is refused, though others still get the current token.
   */
  minLifetimeMs?: number | undefined;
}

/** `AbortSignal`, wherever the types of Node.js or of a browser declare it. */
type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Declared } }
  ? Declared
  : { readonly aborted: boolean; readonly reason: unknown };

export interface LakebaseCredential {
  /** The password of a login. */
  token: string;
  /** The moment of its expiry, by this machine's clock. */
  expiresAt: Date;
}

/**
 * Forgets a token that Postgres refused (`28P01` or `28000`), so that the next call gets another.
 *
 * Only that very token is forgotten: thirty connections that report the same one cost one request,
 * and a report about yesterday's costs none. Returns whether it was the one in use.
 *
 * Another token does not help where the role does not exist. So a token that replaced a refused one
 * less than a minute ago, and is refused too, is replaced after a pause: a second, growing to thirty
 * while each new one is refused. Until then it is handed out still.
 */
export function invalidateLakebasePostgresToken(rejectedToken: string): boolean;

/**
 * How the token is doing, for a status page or a health check. Asks nobody, begins nothing, and
 * never throws: variables that cannot be used are its `lastFailure`.
 *
 * Next.js prerenders a page that calls it, which shows the status of the build for ever: there
 * `await connection()` (`next/server`) first.
 */
export function getLakebaseTokenStatus(): LakebaseTokenStatus;

export interface LakebaseTokenStatus {
  /** Who asks for tokens. Absent: no identity is set. No value is shown. */
  identity?: {
    type:
      | 'personal-token'
      | 'client-credentials'
      | 'federation'
      | 'databricks-cli'
      | 'access-token';
    /** Where it was set, such as `DATABRICKS_TOKEN` or `profile dev in ~/.databrickscfg`. */
    from: string;
  };
  /** The token in use, by this machine's clock. Absent: no token that may still be handed out. */
  token?: {
    /** When it was asked for. */
    issuedAt: Date;
    /** From when on the next call begins its renewal, which nobody waits for. */
    renewsAt: Date;
    expiresAt: Date;
    /** Whether this process asked the workspace for it, or found it in the store. Absent: no store is asked. */
    from?: 'workspace' | 'store';
  };
  /** A token is being obtained or renewed. */
  isFetching: boolean;
  /** How many tokens this process has got: the first, and one for each renewal. */
  tokens: number;
  /** How many requests failed after all retries. */
  failures: number;
  /** How many tokens Postgres refused, as {@link invalidateLakebasePostgresToken} was told. */
  rejections: number;
  /** How many calls got the token of before because its renewal failed or took more than three seconds. */
  fallbacks: number;
  /** The latest attempt that failed, whether or not a later one succeeded. */
  lastFailure?: { at: Date; error: LakebaseTokenError };
  /** The store that other processes share the token by (`LAKEBASE_TOKEN_STORE`). Absent: none is asked. */
  store?: {
    /** How often a token was there that could be used. */
    found: number;
    /** How often none was. */
    notFound: number;
    /** How often the store failed. Then the workspace is asked, as without it. */
    failures: number;
    /** The latest of them, such as `redis.example.com:6379 did not answer within 1 s`. */
    lastFailure?: { at: Date; message: string };
  };
}

/**
 * On `diagnostics_channel.tracingChannel('lakebase-token:fetch')`: a token is obtained or renewed, all retries included.
 *
 * `start` and `end` come at once, within the call that begins it and in its async context; `error`, `asyncStart` and
 * `asyncEnd` when it has ended, before the promises settle of those who waited for it, and in no request, unless the call
 * fails at once. Each comes once, on the thread whose call began it. The times are the core's: give them to a span, and
 * measure none.
 *
 * Whether anybody has subscribed to any of the channels is asked as a fetch begins, and a wait: whoever comes later may hear
 * of the next one alone. No subscriber keeps the process alive.
 *
 * No payload of any channel holds a token, a secret or a promise, and of an identity its kind alone, unless the service's own
 * words, in the message of an error, repeat more. They only grow.
 */
export interface LakebaseTokenFetch {
  /** The host name. Absent with `endpoint` and `identity` where a variable is missing or wrong. */
  readonly workspace?: string;
  /** `LAKEBASE_ENDPOINT`, or that of the provider. */
  readonly endpoint?: string;
  readonly identity?: NonNullable<LakebaseTokenStatus['identity']>['type'];
  /** `rejected`: Postgres refused the one before. `more-life`: somebody asked for more `minLifetimeMs` than it has. */
  readonly reason: 'first' | 'renewal' | 'expired' | 'rejected' | 'more-life';
  /** Nobody waits for it as it begins. */
  readonly isBackground: boolean;
  readonly startedAt: Date;
  /** From here on at the end. */
  endedAt?: Date;
  /** How many requests were sent to the workspace, retries included: two for the first token of a service principal. */
  attempts?: number;
  /**
   * `kept`: the token of before stays in use, and `error` says why, unless the service gave one that is no better. `failed`:
   * there is none. Absent: the tokens of that workspace were forgotten meanwhile.
   */
  outcome?: 'obtained' | 'kept' | 'failed';
  /** The token in use. */
  token?: { issuedAt: Date; renewsAt: Date; expiresAt: Date };
  error?: LakebaseTokenError;
  /** When the next call may begin another one, where there is a pause before. */
  retryAt?: Date;
}

/**
 * On `diagnostics_channel.tracingChannel('lakebase-token:wait')`: a call that did not get a token at once; one that fails at
 * once as well. `asyncEnd` comes right before its promise settles; where its signal aborts, or it fails at once, in the context
 * of that.
 */
export interface LakebaseTokenWait {
  readonly workspace?: string;
  readonly endpoint?: string;
  readonly startedAt: Date;
  /** From here on at the end. */
  endedAt?: Date;
  /** `fallback`: the token of before, because its renewal failed (`error`) or took more than three seconds. */
  outcome?: 'token' | 'fallback' | 'failed' | 'aborted';
  /** On the channel's `error` too where the call fails, not for a fallback. */
  error?: LakebaseTokenError;
}

/** On `diagnostics_channel.channel('lakebase-token:attempt-failed')`. */
export interface LakebaseTokenAttemptFailed {
  /** What it is part of: the object that its `start` had. */
  fetch: LakebaseTokenFetch;
  /** Which one of its request it was, from 1. */
  attempt: number;
  /** What it was to bring; `access-token` for what is on the way to one, too. */
  request: 'access-token' | 'postgres-token';
  at: Date;
  error: LakebaseTokenError;
  /** When it will be made again. Absent: it will not. */
  retryAt?: Date;
}

/** On `diagnostics_channel.channel('lakebase-token:rejected')`: Postgres refused a token, and it was in use. Once for each. */
export interface LakebaseTokenRejected {
  workspace: string;
  endpoint: string;
  token: { issuedAt: Date; expiresAt: Date };
}

/**
 * A provider with options of its own, for an app with several databases, or whose identity is not in variables.
 *
 * ```ts
 * const orders = createLakebaseTokens({ endpoint: 'projects/shop/branches/main/endpoints/primary' });
 * const pool = new Pool({ host: 'ep-….database.us-east-1.cloud.databricks.com', password: orders.getToken });
 * ```
 *
 * Make it once, like a pool, and not for each request: it holds a cache of its own, or shares one.
 *
 * It reads nothing and starts nothing before its first call; what is left out comes from variables then. Providers that
 * come to the same share one cache, however they were given it, with each other and with the functions above: across
 * worker threads, copies of this module and contexts.
 *
 * Throws a `TypeError` for an option that does not exist or is of the wrong type, and for an identity that is not exactly
 * one, and a `RangeError` for a `ttlMs` out of range. A host or endpoint that cannot be used rejects the calls, with
 * `ERR_LAKEBASE_CONFIG_INVALID`.
 */
export function createLakebaseTokens(options?: LakebaseTokenOptions): LakebaseTokens;

export interface LakebaseTokenOptions {
  /** Default `DATABRICKS_HOST`, or the profile's. As it takes a path and a query. */
  host?: string | undefined;
  /** Default `LAKEBASE_ENDPOINT`. */
  endpoint?: string | undefined;
  /**
   * Default `DATABRICKS_WORKSPACE_ID`, unless `host` is given here; the profile's if the host in use is the profile's; the
   * `?w=` or `?o=` of the host in use.
   */
  workspaceId?: string | undefined;
  /** Default: chosen as for the functions above. With one, no other is looked at. */
  identity?: LakebaseIdentity | undefined;
  /** How long tokens shall live, in milliseconds: 300,000 to 3,600,000. Default: what the service gives, an hour. */
  ttlMs?: number | undefined;
  /**
   * What tokens shall be good for. Default: all that the identity may do.
   * https://docs.databricks.com/api/workspace/postgres/generatedatabasecredential
   */
  claims?: readonly LakebaseClaim[] | undefined;
}

export type LakebaseIdentity =
  /** An access token of any kind. */
  | { token: string }
  /** A service principal's OAuth secret. */
  | { clientId: string; clientSecret: string }
  /** A profile of `.databrickscfg`, at its own host, or at `host` if that is the same. */
  | { profile: string }
  | IdTokenIdentity
  | AccessTokenIdentity;

/**
 * Somebody whom a platform vouches for, by ID tokens (OpenID Connect) that the workspace exchanges for access tokens:
 * https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation
 *
 * ```ts
 * createLakebaseTokens({ identity: { clientId, idToken: () => getVercelOidcToken() } });
 * ```
 */
export interface IdTokenIdentity {
  /**
   * Gives an ID token: a JSON Web Token signed with RS256 or ES256. It is called by whoever needs a Postgres token that is
   * missing or due for renewal (about once in 37 minutes), within that call and in its async context, so it can ask for what
   * a request brings; never for a cached token. What it gives is used once and not kept.
   *
   * Where it throws, rejects, gives nothing, or takes more than two seconds, up to three others who wait are asked, each by
   * its own function in its own context; each has five seconds. Then the access token of before is used, then the Postgres
   * token of before, as long as they live; after that calls reject with `ERR_LAKEBASE_IDENTITY_UNAVAILABLE`, whose `cause` has
   * the reason's message. That is not remembered: the next call asks anew.
   */
  idToken: (request: IdTokenRequest) => string | Promise<string>;
  /** The service principal's application id. Without it a federation policy of the account decides. */
  clientId?: string | undefined;
  /** Default: the workspace's token endpoint. Databricks' SDKs ask for that too. */
  audience?: string | undefined;
  /**
   * Providers of the same name, without a `clientId`, share one cache: whose ID token it is must not matter then. Default: a
   * cache for each provider.
   */
  name?: string | undefined;
}

export interface IdTokenRequest {
  /** Whom the ID token is to be for. */
  audience: string;
  /** Aborts after five seconds. */
  signal: Signal;
}

/**
 * Somebody who has access tokens of the workspace from elsewhere: Azure, a broker of the company, a test.
 *
 * ```ts
 * const scope = '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default';
 * createLakebaseTokens({ identity: { accessToken: async () => (await credential.getToken(scope)).token } });
 * ```
 */
export interface AccessTokenIdentity {
  /**
   * Gives an access token. It is called as {@link IdTokenIdentity.idToken} is, and may fail as that does. Without `expiresAt` it
   * is used for one Postgres token; with it also where the next call of the function fails, until 40 seconds before.
   */
  accessToken: (request: { signal: Signal }) => AccessToken | Promise<AccessToken>;
  /** As {@link IdTokenIdentity.name}. */
  name?: string | undefined;
}

export type AccessToken = string | { token: string; expiresAt: Date };

/** As the credentials call takes it. */
export interface LakebaseClaim {
  /** Such as `READ_ONLY`. */
  permission_set?: string;
  resources?: readonly { table_name?: string }[];
}

/** Functions that can be used unbound: `password: tokens.getToken`. */
export interface LakebaseTokens {
  /** As `getLakebasePostgresToken`: it ignores every argument. */
  getToken(): Promise<string>;
  /** As `getLakebaseCredential`. */
  getCredential(options?: CredentialOptions): Promise<LakebaseCredential>;
  /** As `invalidateLakebasePostgresToken`: whichever provider the token is of. */
  invalidate(rejectedToken: string): boolean;
  /** As `getLakebaseTokenStatus`. */
  getStatus(): LakebaseTokenStatus;
}

/**
 * What every rejection is: an `Error` with these properties. Compare `code`; there is no class to
 * compare with, because a bundler may hold several copies of it.
 *
 * No property of it, and neither its stack nor its cause, contains a secret.
 */
export interface LakebaseTokenError extends Error {
  name: 'LakebaseTokenError';
  code: LakebaseTokenErrorCode;
  /** Whether the same call can succeed later without anybody changing anything. */
  retryable: boolean;
  /** The HTTP status, when the workspace answered. */
  status?: number;
  /** The service's own word for the error, such as `PERMISSION_DENIED`. */
  errorCode?: string;
  /** What the service calls the request: for a support ticket. */
  requestId?: string;
}

export type LakebaseTokenErrorCode =
  /** A variable is not set. The message names every one. Nothing was sent. */
  | 'ERR_LAKEBASE_CONFIG_MISSING'
  /** A variable has a value that cannot be used. Nothing was sent. */
  | 'ERR_LAKEBASE_CONFIG_INVALID'
  /**
   * The Databricks CLI or a function of an identity gave no token, and `cause` has its own words; or there is no ID token where
   * one is to be. `retryable` where time alone can mend it, also another request; not where somebody has to do something.
   */
  | 'ERR_LAKEBASE_IDENTITY_UNAVAILABLE'
  /** The workspace refused the identity. */
  | 'ERR_LAKEBASE_UNAUTHENTICATED'
  /** The workspace refused the permission, the scopes of the identity, or the address of this machine. */
  | 'ERR_LAKEBASE_FORBIDDEN'
  /** The workspace does not know the endpoint. */
  | 'ERR_LAKEBASE_NOT_FOUND'
  /** The workspace throttles, after retries. `retryable`. */
  | 'ERR_LAKEBASE_RATE_LIMITED'
  /**
   * The network or the workspace is down, after retries. `retryable`, unless somebody has to change
   * something: a certificate that is not trusted, a proxy that refuses.
   */
  | 'ERR_LAKEBASE_UNAVAILABLE'
  /** Nine seconds without a token; the message tells why the last attempt failed. `retryable`. */
  | 'ERR_LAKEBASE_TIMEOUT'
  /**
   * The workspace's answer cannot be used: not JSON, no expiry, too large, a redirect; or it says that
   * the request cannot be: a 400 or 409.
   */
  | 'ERR_LAKEBASE_PROTOCOL'
  /** The request ended without an answer: a bug of this package. `retryable`. */
  | 'ERR_LAKEBASE_INTERRUPTED'
  /** No native binary loads here. The message names the platform, what was looked for and the fix. */
  | 'ERR_LAKEBASE_BINARY_MISSING'
  /** Called in an Edge runtime or a browser, which cannot load native code. */
  | 'ERR_LAKEBASE_RUNTIME_UNSUPPORTED';

// biome-ignore lint/complexity/noUselessEmptyExport: without it what is not exported above would be.
export {};
