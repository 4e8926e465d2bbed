// Holds the emulator against the clients that Databricks publishes: if they, which were written for the
// real service, get their tokens here, we did not emulate our own mistakes.
//
//   npm ci && npm run check       in this folder, once the addon is built; non-zero on a mismatch
//
// Python 3.10 or later is needed, with the means to make an environment; PyPI the first time.
import { checkNpmClient } from './npm_client.mjs';
import { checkPythonSdk } from './python_sdk.mjs';

await checkNpmClient();
await checkPythonSdk();
