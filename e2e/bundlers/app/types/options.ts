import {
  type CredentialOptions,
  getLakebaseCredential,
  type LakebaseTokenStatus,
} from 'lakebase-token';
import { type EmulatorOptions, type Fault, startWorkspaceEmulator } from 'lakebase-token/testing';

declare const maybe: { number?: number; text?: string };

// As exactOptionalPropertyTypes has it: an option may be there, and undefined.
export const options: CredentialOptions = {
  signal: undefined,
  timeoutMs: maybe.number,
  minLifetimeMs: maybe.number,
};
export const emulator: EmulatorOptions = {
  auth: undefined,
  endpoint: maybe.text,
  clientSecret: maybe.text,
  scopes: undefined,
  lifetimeMs: { accessToken: maybe.number, postgresToken: maybe.number },
  latencyMs: maybe.number,
  clockSkewMs: maybe.number,
  tls: undefined,
  onPostgresToken: undefined,
};
export const fault: Fault = {
  status: maybe.number,
  headers: undefined,
  body: maybe.text,
  delivery: undefined,
  everyMs: maybe.number,
  bytes: maybe.number,
  delayMs: maybe.number,
  times: maybe.number,
};

export async function use(): Promise<LakebaseTokenStatus['token']> {
  const workspace = await startWorkspaceEmulator(emulator);
  const { expiresAt } = await getLakebaseCredential(options);
  await workspace.close();
  return { issuedAt: expiresAt, renewsAt: expiresAt, expiresAt };
}
