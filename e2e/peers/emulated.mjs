// The emulator of this checkout, and what a client sent to it.
import { createRequire } from 'node:module';

const { startWorkspaceEmulator } = createRequire(import.meta.url)('../../js/testing.js');

/** A secret as Databricks gives them out: one that needs no form-url-encoding (RFC 6749 §2.3.1). */
export const clientSecret = 'dose0123456789abcdef0123456789abcdef';

/** Ends with the process if the expectations fail. */
export async function check(name, options, expectations) {
  const workspace = await startWorkspaceEmulator(options);
  try {
    await expectations(workspace);
    console.log(`ok  ${name}`);
  } catch (error) {
    console.error(`FAILED  ${name}`, workspace.requests);
    throw error;
  } finally {
    await workspace.close();
  }
}

/** Such as `GET /.well-known/databricks-config 200`, one for each request. */
export function sent({ requests }) {
  return requests.map(({ method, path, status }) => `${method} ${path} ${status}`);
}
