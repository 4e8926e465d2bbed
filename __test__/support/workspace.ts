import {
  type EmulatorOptions,
  startWorkspaceEmulator,
  type WorkspaceEmulator,
} from 'lakebase-token/testing';
import { onTestFinished, vi } from 'vitest';

/** A workspace that this test's environment points at, until the test ends. */
export async function startWorkspace(options?: EmulatorOptions): Promise<WorkspaceEmulator> {
  const workspace = await startWorkspaceEmulator(options);
  onTestFinished(() => workspace.close());
  useWorkspace(workspace);
  return workspace;
}

/** Points this test's environment at `workspace`. */
export function useWorkspace(workspace: WorkspaceEmulator, changes: Record<string, string> = {}) {
  for (const [name, value] of Object.entries({ ...workspace.env, ...changes })) {
    vi.stubEnv(name, value);
  }
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

/** How many requests of each step the workspace has seen. */
export function requestsOf(workspace: WorkspaceEmulator) {
  const of = (step: string) => workspace.requests.filter((request) => request.step === step).length;
  return { accessToken: of('accessToken'), postgresToken: of('postgresToken') };
}
