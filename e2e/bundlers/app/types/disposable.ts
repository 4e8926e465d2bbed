import { startWorkspaceEmulator } from 'lakebase-token/testing';

export async function use(): Promise<string> {
  await using workspace = await startWorkspaceEmulator();
  const disposable: AsyncDisposable = workspace;
  await disposable[Symbol.asyncDispose]();
  return workspace.url;
}
