/**
 * `lakebase-token/testing`: a Databricks workspace on a loopback port, for tests.
 *
 * It issues access tokens and Postgres tokens as the real service does, refuses what the real
 * service would refuse, and fails on command. Nothing has to be mocked: point the environment at it.
 *
 * ```ts
 * import { getLakebasePostgresToken } from 'lakebase-token';
 * import { startWorkspaceEmulator, type WorkspaceEmulator } from 'lakebase-token/testing';
 * import { afterEach, beforeEach, expect, test, vi } from 'vitest';
 *
 * let workspace: WorkspaceEmulator;
 *
 * beforeEach(async () => {
 *   workspace = await startWorkspaceEmulator();
 *   for (const [name, value] of Object.entries(workspace.env)) vi.stubEnv(name, value);
 * });
 *
 * afterEach(async () => {
 *   vi.unstubAllEnvs();
 *   await workspace.close();
 * });
 *
 * test('a short outage of the workspace goes unnoticed', async () => {
 *   workspace.answer('postgresToken', 'unavailable');
 *   expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
 *   expect(workspace.requests.map((request) => request.status)).toEqual([200, 503, 200]);
 * });
 * ```
 */

/**
 * Resolves to a workspace that listens on 127.0.0.1, on a port of its own.
 *
 * Starting and closing it make this process forget the tokens it holds for that address, and read
 * the environment anew. Like any server it keeps the process alive until it is closed. Fake timers do
 * not stop it, if this module was loaded before them. Rejects with a `TypeError` for an option that
 * does not exist or is out of range, and with `ERR_LAKEBASE_BINARY_MISSING` where the package itself
 * could not run.
 */
export function startWorkspaceEmulator(options?: EmulatorOptions): Promise<WorkspaceEmulator>;

export interface EmulatorOptions {
  /**
   * The one identity this workspace knows, and `env` carries. `'federation'`: a service principal without a
   * secret, whose access tokens are bought with ID tokens of an issuer that a policy trusts, by the exchange
   * of RFC 8693. `env` has `DATABRICKS_CLIENT_ID` and, in `DATABRICKS_OIDC_TOKEN`, an ID token for the first
   * policy that lives for 12 hours.
   *
   * Default `'client-credentials'`, with `federation` `'federation'`.
   */
  auth?: 'client-credentials' | 'personal-token' | 'federation' | undefined;
  /**
   * Whose ID tokens are taken, and as whom: one policy or several, of which one has to match as a whole.
   * Default two for the service principal of `env`: issuer `https://issuer.test` with subject `workload-1`, and
   * GitHub's, `https://token.actions.githubusercontent.com`, with subject `repo:org/app:ref:refs/heads/main`.
   *
   * An exchange is refused as the service is known or inferred to:
   * - 400 `invalid_request`: there is no `subject_token`; `subject_token_type` is not
   *   `urn:ietf:params:oauth:token-type:jwt`; there is an `Authorization` header or a secret. `invalid_scope`: no
   *   `scope`.
   * - 401 `invalid_client`: the client id is unknown.
   * - 401 `invalid_grant`: the ID token is no JWT, or has another algorithm than RS256 and ES256; no policy has its
   *   issuer, subject and audience; it has no `exp`, is expired, or not valid yet, by the workspace's clock.
   *
   * No body of such a refusal is published, so its words are ours, and `reason` of the recorded request has more
   * of them: what the claim is, and what the policy wants. Signatures are not verified.
   *
   * The access token lives as long as the ID token does, and no longer than others
   * (https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation-exchange).
   */
  federation?: FederationPolicy | readonly FederationPolicy[] | undefined;
  /**
   * `'unified'`: a host that serves several workspaces of one account, such as a custom URL, of which this is one.
   * Its token endpoint is the account's, to which OAuth discovery leads: `POST /oidc/v1/token` is redirected to
   * `/login`, and so is every request to the API that does not name its workspace, in the header
   * `X-Databricks-Workspace-Id` or the older `X-Databricks-Org-Id`. `env` has `DATABRICKS_WORKSPACE_ID`.
   *
   * Default `'workspace'`: a host of the workspace's own, where a request may name it and need not.
   * Whoever names another workspace is refused on both, though the real service may overlook it on the latter.
   */
  hostType?: 'workspace' | 'unified' | undefined;
  /** The workspace's id: letters, digits and hyphens. Default `'1234567890123456'`. */
  workspaceId?: string | undefined;
  /**
   * The one endpoint it has, or several, of which `env` has the first. Default
   * `projects/test-project/branches/main/endpoints/primary`.
   */
  endpoint?: string | readonly string[] | undefined;
  /**
   * What look-ups tell: the endpoint itself, lists of projects, branches, endpoints and databases, and SCIM's `Me`,
   * with the shapes that Databricks' SDKs read.
   */
  postgres?: LookedUp | undefined;
  /**
   * The secret of the client credentials. The default is random and ends in characters that
   * RFC 6749 §2.3.1 wants form-url-encoded: a client that sends them raw is refused. With a secret
   * of letters and digits, as Databricks gives them out, such a client gets away with it.
   */
  clientSecret?: string | undefined;
  /**
   * The API scopes that the secret or the personal token is limited to, such as `['postgres']`. A request
   * for another is refused with `access_denied`, and Postgres tokens are issued for `postgres` or `all-apis`
   * alone. What an exchange is limited to is inferred from secrets. Default: no limit.
   */
  scopes?: readonly string[] | undefined;
  /** How long tokens live, in milliseconds. Default one hour each; see `setLifetime`. */
  lifetimeMs?: Lifetimes | undefined;
  /** What every answer takes, in milliseconds, before the request is even judged. Default 0. */
  latencyMs?: number | undefined;
  /** How far the service's clock is ahead of this machine's, in milliseconds. Default 0. */
  clockSkewMs?: number | undefined;
  /** Serve https with this key and certificate, PEM; the certificate must be for 127.0.0.1. */
  tls?: { key: string; cert: string } | undefined;
  /**
   * Called with every Postgres token and awaited before the answer leaves, so that a real Postgres
   * can be told its new password. When it throws, the answer is a 500 with its message.
   *
   * A role of Postgres has one password, and a login is held to the one it had when the connection began:
   * await `getLakebasePostgresToken()` before the first login. Lakebase needs nothing like it.
   */
  onPostgresToken?: ((issued: IssuedToken) => void | Promise<void>) | undefined;
}

/**
 * Named as in the API, where a policy is that of a service principal or of the account
 * (https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation-policy).
 */
export interface FederationPolicy {
  /** Claim `iss`, letter by letter: a URL of https. */
  issuer: string;
  /**
   * Who the ID token has to be of. Without one it is the account's policy: it takes every subject, is for
   * exchanges without `client_id`, and makes of the subject the user that look-ups tell. Where it is the first,
   * `env` has no `DATABRICKS_CLIENT_ID`, and ID tokens are issued for `developer@workspace.test`.
   */
  subject?: string | undefined;
  /**
   * One of them has to be in claim `aud`. Default two: the URL of the token endpoint, which Databricks' SDKs ask
   * issuers for, and the account's id, `00000000-0000-0000-0000-000000000000`.
   */
  audiences?: readonly string[] | undefined;
  /** The claim that holds the subject. Default `sub`. */
  subjectClaim?: string | undefined;
  /** The service principal that it is of. Default one for all, which `env` has. */
  clientId?: string | undefined;
}

export interface LookedUp {
  /** Of every endpoint. Default one made from its path, such as `primary.main.test-project.database.test`. */
  host?: string | undefined;
  /** The one database of every branch. Default `databricks_postgres`. */
  database?: string | undefined;
  /**
   * Who asks. Default the client id, with a personal token `developer@workspace.test`, and by a policy of the
   * account the subject of the ID token.
   */
  user?: string | undefined;
}

export interface Lifetimes {
  /**
   * In milliseconds, enforced to the millisecond. The answer's `expires_in` holds whole seconds,
   * rounded down but at least 1: with less than a second here, a client meets refusals. One that was bought
   * with an ID token expires with it at the latest.
   */
  accessToken?: number | undefined;
  /** In milliseconds. A request's own `ttl` or `expire_time` goes before it. */
  postgresToken?: number | undefined;
}

export interface WorkspaceEmulator extends Disposing {
  /** Such as `http://127.0.0.1:49152`, `https:` with `tls`. */
  readonly url: string;
  /**
   * The variables an application reads: `DATABRICKS_HOST`, `LAKEBASE_ENDPOINT`, the identity, and of a unified host
   * `DATABRICKS_WORKSPACE_ID`. All others that choose an identity are there too, empty, which counts as unset here
   * and in Databricks' SDKs for Go and Python: no `DATABRICKS_TOKEN` or profile of a developer's own wins.
   */
  readonly env: Readonly<Record<EmulatedVariable, string>>;
  /**
   * What a job of GitHub Actions with `id-token: write` has, for this workspace as the job's issuer too:
   * `GET <url>&audience=<audience>` with `Authorization: Bearer <token>` is answered with `{ "value": "<ID token>" }`,
   * which lives for five minutes. Its subject is that of the first policy with GitHub's issuer, its audience without
   * one in the query `https://github.com/<owner>`. 401 for another token, 400 where the query was not continued.
   *
   * ```ts
   * const workspace = await startWorkspaceEmulator({ auth: 'federation' });
   * const job = { ...workspace.env, DATABRICKS_OIDC_TOKEN: '', ...workspace.githubActions };
   * ```
   */
  readonly githubActions: Readonly<
    Record<'ACTIONS_ID_TOKEN_REQUEST_URL' | 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', string>
  >;
  /** Every request so far, oldest first. The list grows, and answers fill in its records. */
  readonly requests: readonly RecordedRequest[];
  /** Every Postgres token so far, oldest first. The list grows. */
  readonly issuedTokens: readonly IssuedToken[];

  /**
   * Scripts what the next requests of one step meet, instead of what earlier calls scripted for it.
   * A list is met in order; after its end, or with `null`, answers are normal again.
   *
   * ```ts
   * workspace.answer('postgresToken', 'unavailable');                        // once
   * workspace.answer('postgresToken', { ...faults.rateLimited, times: 3 });  // three times
   * workspace.answer('accessToken', ['reset', { delayMs: 500 }]);            // one after another
   * workspace.answer('postgresToken', { body: {}, times: Infinity });        // until further notice
   * workspace.answer('postgresToken', null);                                 // normal again
   * ```
   */
  answer(step: Step, fault: FaultName | Fault | readonly (FaultName | Fault)[] | null): void;
  /**
   * An ID token for the first policy: issuer, subject and the first of its audiences, from now on for an hour by the
   * workspace's clock, signed with a key of this process, and another each time. What is named goes before; what
   * is named as undefined is left out. Without `auth: 'federation'` it is such a token all the same, and refused.
   *
   * ```ts
   * workspace.issueIdToken();
   * workspace.issueIdToken({ aud: 'https://elsewhere.test' });  // refused: no policy has the audience
   * workspace.issueIdToken({ exp: Math.floor(Date.now() / 1000) - 1 });  // expired
   * workspace.issueIdToken({ exp: undefined });  // without an expiry
   * workspace.issueIdToken({}, { alg: 'ES384' });  // an algorithm that Databricks does not take
   * ```
   */
  issueIdToken(claims?: IdTokenClaims, header?: IdTokenHeader): string;
  /** Lifetimes of the tokens issued from now on; one that is not named stays as it is. */
  setLifetime(lifetimeMs: Lifetimes): void;
  /** Replaces `latencyMs`, also for requests whose body is still arriving. */
  setLatency(latencyMs: number): void;
  /** Replaces `clockSkewMs`: the `Date` header and `expire_time` tell the same, wrong, time. */
  setClockSkew(clockSkewMs: number): void;
  /**
   * From now on every access token issued so far is refused, the personal token included; nothing
   * replaces that one. Postgres tokens stay as they are.
   */
  revokeAccessTokens(): void;
  /** Ends every connection at once, hung ones included, and the server. May be called again. */
  close(): Promise<void>;
}

/** RFC 7519 §4.1; the times in seconds since 1970. Others, such as `repository`, as the issuer would have them. */
export interface IdTokenClaims {
  iss?: string | undefined;
  sub?: string | undefined;
  aud?: string | readonly string[] | undefined;
  exp?: number | undefined;
  nbf?: number | undefined;
  iat?: number | undefined;
  jti?: string | undefined;
  [claim: string]: unknown;
}

/** RFC 7515 §4.1. Of `RS256`, the default, and `ES256` the signature is a real one. */
export interface IdTokenHeader {
  alg?: string | undefined;
  kid?: string | undefined;
  [parameter: string]: unknown;
}

/** `AsyncDisposable`, wherever the types of Node.js or of the compiler declare it. */
type Disposing = SymbolConstructor extends { readonly asyncDispose: infer Dispose }
  ? { [dispose in Extract<Dispose, symbol>]: () => PromiseLike<void> }
  : object;

export type EmulatedVariable =
  | 'DATABRICKS_HOST'
  | 'LAKEBASE_ENDPOINT'
  | 'LAKEBASE_TOKEN_STORE'
  | 'LAKEBASE_TOKEN_STORE_KEY'
  | 'DATABRICKS_TOKEN'
  | 'DATABRICKS_CLIENT_ID'
  | 'DATABRICKS_CLIENT_SECRET'
  | 'DATABRICKS_WORKSPACE_ID'
  | 'DATABRICKS_ACCOUNT_ID'
  | 'DATABRICKS_GROUP_ID'
  | 'DATABRICKS_AUTH_TYPE'
  | 'DATABRICKS_CONFIG_PROFILE'
  | 'DATABRICKS_CONFIG_FILE'
  | 'DATABRICKS_DISCOVERY_URL'
  | 'DATABRICKS_USERNAME'
  | 'DATABRICKS_PASSWORD'
  | 'DATABRICKS_OIDC_TOKEN'
  | 'DATABRICKS_OIDC_TOKEN_ENV'
  | 'DATABRICKS_OIDC_TOKEN_FILE'
  | 'DATABRICKS_OIDC_TOKEN_FILEPATH'
  | 'DATABRICKS_TOKEN_AUDIENCE'
  | 'DATABRICKS_METADATA_SERVICE_URL'
  | 'DATABRICKS_AZURE_RESOURCE_ID'
  | 'DATABRICKS_GOOGLE_SERVICE_ACCOUNT'
  | 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'
  | 'ACTIONS_ID_TOKEN_REQUEST_URL'
  | 'ARM_CLIENT_ID'
  | 'ARM_CLIENT_SECRET'
  | 'ARM_TENANT_ID'
  | 'ARM_USE_MSI'
  | 'GOOGLE_CREDENTIALS'
  | 'VERCEL_OIDC_TOKEN'
  | 'VERCEL_OIDC_TOKEN_FILE';

/**
 * - `accessToken`: `POST /oidc/v1/token`, on a unified host also `POST /oidc/accounts/{account}/v1/token`.
 * - `postgresToken`: `POST /api/2.0/postgres/credentials`.
 * - `lookUp`: `GET /api/2.0/postgres/projects…`, all projects or what is below one, or
 *   `GET /api/2.0/preview/scim/v2/Me`.
 * - `idToken`: the request of a job of GitHub Actions, see `githubActions`.
 */
export type Step = 'accessToken' | 'postgresToken' | 'lookUp' | 'idToken';

/**
 * A request as it arrived. It holds no header but a workspace's id, no query, and of a body no more than is named
 * here: no secret.
 */
export interface RecordedRequest {
  /** `null`: none of the steps, such as OAuth discovery or a path that does not exist. */
  readonly step: Step | null;
  readonly method: string;
  readonly path: string;
  /** The workspace that the request named in a header, if it named one. */
  readonly workspaceId?: string | undefined;
  /**
   * Of the step `accessToken`, once its body is there: `client_credentials`,
   * `urn:ietf:params:oauth:grant-type:token-exchange`, or what else was asked for.
   */
  readonly grantType?: string;
  /** Of an exchange: what the ID token says, as far as it can be read. Never the token. */
  readonly idTokenClaims?: {
    readonly iss?: string;
    readonly sub?: string;
    readonly aud?: string | readonly string[];
  };
  /** What the answer calls it: header `x-request-id`, and in the body of a standard error. */
  readonly requestId: string;
  /** By this machine's clock. */
  readonly receivedAt: Date;
  /** Undefined until the answer begins, and for ever when the exchange was cut before. */
  readonly status: number | undefined;
  /** The answer was scripted, if only its delay. */
  readonly fault?: true;
  /** Of a request the workspace itself refused: what was wrong with it, in plain words. */
  readonly reason?: string;
}

export interface IssuedToken {
  /** About 950 characters, `postgres-token-1-…`, different from every other emulator's. */
  readonly token: string;
  /** By this machine's clock, not the service's: when the password stops being valid. */
  readonly expiresAt: Date;
  /** 1 for the first. */
  readonly number: number;
}

/**
 * A departure from the normal answer. Every field is optional and they combine: `{ delayMs: 500 }`
 * is the normal answer, later; `{ headers: { date: null } }` the normal answer without a date;
 * `{ ...faults.unavailable, delivery: 'drip' }` an error that trickles in.
 */
export interface Fault {
  /** Default 200 with a `body`. With neither, the workspace judges the request as usual. */
  status?: number | undefined;
  /** Added to `date` and `x-request-id`, or in their place; `null` leaves a header out. */
  headers?: Record<string, string | null> | undefined;
  /** An object is sent as JSON. A function is given the request's id. */
  body?: FaultBody | ((requestId: string) => FaultBody) | undefined;
  /** Default `'whole'`. */
  delivery?: Delivery | undefined;
  /** Of a `'drip'`: milliseconds between two bytes. Default 1000. */
  everyMs?: number | undefined;
  /** Of an `'oversize'` body: its length. Default 10 MiB. */
  bytes?: number | undefined;
  /** Milliseconds before the request is judged, on top of the latency. Default 0. */
  delayMs?: number | undefined;
  /** How many requests meet it. Default 1; may be `Infinity`. */
  times?: number | undefined;
}

export type FaultBody = string | Uint8Array | object;

/**
 * - `whole`: as it should be.
 * - `hang`: the request is read and never answered.
 * - `close`: the request is read and the connection ended.
 * - `reset`: the request is read and the connection reset (TCP RST), also under TLS.
 * - `resetMidBody`: the connection is reset after half of the body.
 * - `truncate`: all of the body, one byte less than announced, and the connection ended.
 * - `drip`: the headers, then a byte every `everyMs`.
 * - `oversize`: the body, then white space up to `bytes`, of no announced length.
 *
 * With `hang`, `close` and `reset` no token is issued; with the others it is, whoever may learn it.
 */
export type Delivery =
  | 'whole'
  | 'hang'
  | 'close'
  | 'reset'
  | 'resetMidBody'
  | 'truncate'
  | 'drip'
  | 'oversize';

/** Answers seen in the field, and the deliveries above, to be named or spread. */
export const faults: Readonly<Record<FaultName, Readonly<Fault>>>;

export type FaultName =
  /** 401 `UNAUTHENTICATED`: what the emulator itself says to a bad access token. */
  | 'unauthenticated'
  /** 403 with the number 403 as its code: the same, as other workspaces put it. */
  | 'invalidAccessToken'
  /** 403 with the text "403" as its code. */
  | 'invalidAccessTokenWithTextCode'
  /** 403: Azure, with less than 30 seconds of the access token left. */
  | 'accessTokenExpiring'
  /** 403 `PERMISSION_DENIED`, with a `RequestInfo` detail. */
  | 'permissionDenied'
  /** 404 `NOT_FOUND`. */
  | 'notFound'
  /** 429 `REQUEST_LIMIT_EXCEEDED` with `Retry-After: 1`. */
  | 'rateLimited'
  /** 400 `invalid_request`, whose description alone says that it is throttling. */
  | 'throttledOAuth'
  /** 401 `invalid_client`: wrong client credentials. */
  | 'invalidClient'
  /** 503 `TEMPORARILY_UNAVAILABLE`. */
  | 'unavailable'
  /** 502 in HTML. */
  | 'gatewayHtml'
  /** 302 to `/login.html?error=private-link-validation-error`. */
  | 'privateLink'
  /** 200 in HTML. */
  | 'loginPage'
  /** 303 to `/login`: a unified host, to a request that names no workspace. */
  | 'loginRedirect'
  /** 400 in plain text, `Unable to load OAuth Config`: the same, as others of them put it. */
  | 'noOAuthConfig'
  | Exclude<Delivery, 'whole'>;

// biome-ignore lint/complexity/noUselessEmptyExport: without it what is not exported above would be.
export {};
