// The native addon as JavaScript sees it. Written by hand: what it promises is made by
// src/node/callbacks.rs and src/node/values/.

import type {
  CredentialOptions,
  LakebaseCredential,
  LakebaseTokenAttemptFailed,
  LakebaseTokenError,
  LakebaseTokenFetch,
  LakebaseTokenRejected,
  LakebaseTokenStatus,
  LakebaseTokenWait,
} from 'lakebase-token';

/** `process.env`, or what stands in its place. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What the `.node` file exports. */
export interface Addon {
  /** The promise of a fresh token, if one is remembered. */
  hit(): Promise<string> | undefined;
  /** `caller` is asked for what only the context of this call has. */
  token(env: Env, caller?: Caller): Promise<string>;
  /** Begins to wait. Without a `timeoutMs` for the usual nine seconds. */
  beginCredential(
    env: Env,
    timeoutMs: number | undefined,
    minLifetimeMs: number,
    caller?: Caller,
  ): Wait;
  /** Forgets the waiter: its promise never settles. */
  abandonWaiter(waiter: number): void;
  /** Whether the token was in use. */
  invalidate(token: string): boolean;
  status(env: Env): LakebaseTokenStatus;
  inspect(env: Env): Inspection | { error: LakebaseTokenError };
  /** Looks at the workspace without showing it a secret. Rejects where `inspect` tells an error. */
  look(env: Env): Promise<Seen>;
  /** Who does from now on what the core cannot; `brings` or `bringsNothing` of the tools is told the same number. */
  employ(agent: Agent): void;
  /** Of an environment of its own: it must be kept as long as any of its functions. */
  provider(options: ProviderOptions): Provider;
  tools(): Tools;
  /** Where the package was imported: a relative path of certificates is looked for there. */
  importedIn(folder: string | undefined): void;
  /** Of the flight under way: resolves as soon as it has an access token, and rejects as it does. */
  accessTokenExpiry(env: Env): Promise<Date | undefined>;
  /** Writes into the store and reads that again; `undefined` where none is asked. Rejects where `inspect` tells an error. */
  tryStore(env: Env): Promise<TriedStore | undefined>;
  /** Forgets every token of that workspace. */
  forgetTokens(host: string): void;
}

/** The profiles of a file in which something is set, without any secret. */
export interface Profiles {
  /** As people write it, such as `~/.databrickscfg`. */
  file: string;
  /** What the file says is its default. */
  byDefault?: string;
  profiles: { name: string; host?: string; hasToken: boolean }[];
}

/** Does what the core cannot. */
export interface Agent {
  askCli(errand: number, request: CliRequest): void;
  /** Gives the ID tokens of Vercel. */
  readonly vercel: Caller;
  /**
   * Whether anybody listens to one of these channels, or they are printed. Asked where a token is to be obtained or waited
   * for.
   */
  isHeard(channels: readonly string[]): boolean;
  readonly telemetry: Telemetry;
}

/** Publishes what happens; nothing of it is a secret or a promise. */
export interface Telemetry {
  begin<K extends keyof Told>(kind: K, context: Told[K]): void;
  /** With what is known in the end. */
  end<K extends keyof Told>(kind: K, context: Told[K], rest: Partial<Told[K]>): void;
  publish(name: string, message: LakebaseTokenAttemptFailed | LakebaseTokenRejected): void;
}

interface Told {
  fetch: LakebaseTokenFetch;
  wait: LakebaseTokenWait;
}

/** Whoever calls: can be asked, in the context of the call, for what only that has. */
export interface Caller {
  /** `audience`: whom an ID token is to be for. */
  ask(errand: number, audience: string | undefined): void;
  /** The same function, bound to the context in which this is called. */
  bound(): Caller['ask'];
  /** The errand that this call is made within: it must not wait for it. */
  readonly within: number | undefined;
}

/** A function that gives an identity. */
export interface Giver {
  gives: 'idToken' | 'accessToken';
  /** What messages call it. */
  option: string;
  callback(request: { audience: string | undefined; signal: AbortSignal }): unknown;
}

/** What the Databricks CLI is asked for. */
export interface CliRequest {
  /** Without one the host's own. */
  profile?: string;
  /** The workspace's origin. */
  host: string;
  /** The file of profiles, absolute. */
  file: string;
  /** What the profile names, for where DATABRICKS_CLI_PATH does not. */
  program?: string;
}

/** The functions of one provider. */
export interface Provider
  extends Pick<Addon, 'hit' | 'token' | 'beginCredential' | 'status' | 'inspect'> {
  /** What the workspace has at that path, as JSON. Without a `timeoutMs` for the usual nine seconds. */
  lookUp(env: Env, path: string, timeoutMs?: number): Promise<string>;
}

/** What code says, checked, and flat. */
export interface ProviderOptions {
  host?: string;
  endpoint?: string;
  workspaceId?: string;
  token?: string;
  clientId?: string;
  clientSecret?: string;
  profile?: string;
  gives?: Giver['gives'];
  audience?: string;
  name?: string;
  /** Not for the addon: it is asked as a `Caller`. */
  giver?: Giver;
  ttlMs?: number;
  /** JSON. */
  claims?: string;
}

/** What few processes need. */
export interface Tools {
  /** What the file of profiles says; `undefined` where there is none that can be read. */
  profiles(env: Env): Profiles | undefined;
  /** That profile counts from now on, and no variable of another identity. */
  useProfile(name: string): void;
  /** A process that is killed when this thread ends. */
  cliStarted(pid: number): void;
  cliEnded(pid: number): void;
  /** `expiresAtMs` since 1970, if that is known. */
  brings(errand: number, token: string, expiresAtMs: number | undefined): void;
  bringsNothing(
    errand: number,
    what: string,
    advice: string,
    said: string | undefined,
    retryable: boolean,
  ): void;
}

export interface Wait {
  promise: Promise<LakebaseCredential>;
  /** For `abandonWaiter`; zero if nobody has to wait. */
  waiter: number;
}

/** What the variables ask for, and how far the cache has come with it. */
export interface Inspection {
  error?: undefined;
  /** The workspace's origin. */
  host: string;
  /** What it is if it can be no workspace's, such as "the console of an account". */
  elsewhere?: string;
  endpoint: string;
  identity: 'personal-token' | 'client-credentials' | 'federation' | 'databricks-cli';
  /** The service principal's. */
  clientId?: string;
  /** Where they were set, such as "DATABRICKS_HOST" or "host of profile dev in ~/.databrickscfg". */
  from: { host: string; workspaceId?: string; identity: string; proof: string };
  /** The profile that the identity is of; `line` is that of its heading, 0 without one. */
  profile?: { name: string; file: string; line: number };
  /** What the ID token says of itself, if it is a JSON Web Token. */
  idToken?: { issuer?: string; subject?: string; audience?: string; expiresAt?: Date };
  /** What gives the ID tokens where nothing that is set says where they are. */
  platform?: 'vercel' | 'github';
  /** The Databricks CLI that the profile names. */
  program?: string;
  /** The variable that names the proxy, if there is one. */
  proxy?: string;
  trustsSystem: boolean;
  /** Where tokens are shared: where that was set, host and port, and why it is not asked, if it is not. */
  store?: {
    from: string;
    place: string;
    isEncrypted: boolean;
    unshared?: 'no-key' | 'of-a-person';
  };
}

/** Whether a token is there; or why nothing is known, which goes on "the store …". */
export type TriedStore =
  | { isThere: boolean; failure?: undefined }
  | { isThere?: undefined; failure: string };

/** What is seen of a workspace. */
export interface Seen {
  /** Of whoever answered, in DER: also where it is not trusted. */
  certificate?: Buffer;
  /** The version of TLS, once there is a connection. */
  protocol?: string;
  /** The `Date` of its answer. */
  date?: string;
  /** Why there is no connection. */
  error?: LakebaseTokenError;
}

/** What the package's functions call: the addon, or where there is none its stand-in. */
export interface Tokens extends Pick<Addon, 'invalidate'>, ProviderTokens {
  importedIn?: Addon['importedIn'];
  provider(options: ProviderOptions): ProviderTokens;
}

/** The same of one provider. */
export interface ProviderTokens extends Pick<Addon, 'hit' | 'status' | 'inspect'> {
  token(env: Env): Promise<string>;
  credential(env: Env, options?: CredentialOptions): Promise<LakebaseCredential>;
  /** Of those of `provider` alone. */
  lookUp?: Provider['lookUp'];
}
