// The workspace's identity where no variable has it.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../../support/temporary_folder.mjs';

const folder = temporaryFolder();

/** Such as Databricks makes them: the official client sends others as they are, where RFC 6749 wants them encoded. */
export const clientSecret = 'dose0123456789abcdef0123456789abcdef';

export function principalInProfile(env) {
  const { DATABRICKS_CLIENT_ID: client_id, DATABRICKS_CLIENT_SECRET: client_secret } = env;
  return inProfile(env, { client_id, client_secret });
}

/** Whoever has logged in to the CLI here has the workspace's personal token. */
export function loginInProfile(env) {
  const { DATABRICKS_TOKEN: access_token } = env;
  const expiry = new Date(Date.now() + 3_600_000).toISOString();
  const cli = path.join(folder, 'databricks');
  const answer = JSON.stringify({ access_token, token_type: 'Bearer', expiry });
  const version = 'test "$1" = version && exec echo Databricks CLI v0.299.0';
  writeFileSync(cli, `#!/bin/sh\n${version}\necho '${answer}'\n`, { mode: 0o700 });
  return { ...inProfile(env, { auth_type: 'databricks-cli' }), DATABRICKS_CLI_PATH: cli };
}

function inProfile({ DATABRICKS_HOST: host }, lines) {
  const file = path.join(folder, 'databrickscfg');
  const all = Object.entries({ host, ...lines }).map((line) => line.join(' = '));
  writeFileSync(file, ['[app]', ...all].join('\n'), { mode: 0o600 });
  return {
    DATABRICKS_TOKEN: '',
    DATABRICKS_CLIENT_ID: '',
    DATABRICKS_CLIENT_SECRET: '',
    DATABRICKS_CONFIG_FILE: file,
    DATABRICKS_CONFIG_PROFILE: 'app',
  };
}
