// The cases in which the runtime is the workspace, too.
import net from 'node:net';
import process from 'node:process';
import { getLakebasePostgresToken } from 'lakebase-token';
import { faults, startWorkspaceEmulator } from 'lakebase-token/testing';

export async function emulator() {
  const workspace = await startWorkspaceEmulator();
  Object.assign(process.env, workspace.env);
  workspace.answer('postgresToken', [faults.unavailable, 'close', 'truncate', 'gatewayHtml']);
  const token = await getLakebasePostgresToken();
  await workspace.close();
  return {
    isLast: token === workspace.issuedTokens.at(-1)?.token,
    statuses: workspace.requests.map(({ status }) => status ?? null),
  };
}

/** What a client meets whose connection the emulator is told to reset. */
export async function reset() {
  const workspace = await startWorkspaceEmulator();
  workspace.answer('accessToken', 'reset');
  const { hostname, port } = new URL(workspace.url);
  const client = net.connect(Number(port), hostname);
  client.end('POST /oidc/v1/token HTTP/1.1\r\nhost: workspace.test\r\ncontent-length: 0\r\n\r\n');
  const met = await new Promise((resolve) => {
    client.once('error', ({ code }) => resolve(code));
    client.once('end', () => resolve('end'));
    client.resume();
  });
  await workspace.close();
  return met;
}
