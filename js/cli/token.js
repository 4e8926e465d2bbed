// `token`: prints a Postgres token and nothing else, for `PGPASSWORD=$(npx lakebase-token token) psql`.
'use strict';

const { getLakebaseCredential } = require('../index.js');
const { remarksOn, withFiles } = require('./env_file_remarks.js');
const { ENV_FILE, loadEnvFiles } = require('./env_files.js');
const { requireInPlace } = require('./misplaced.js');
const { PROFILE, useProfile } = require('./profile_option.js');
const { whileWaiting } = require('./terminal.js');
const { UsageError } = require('./usage.js');

exports.summary = 'prints a Postgres token: PGPASSWORD=$(npx lakebase-token token) psql';
exports.usage = 'token [options]';
exports.description = `
Prints the password for one Postgres login, and nothing else, on stdout. It refuses to print it to a
terminal, where it would stay in the scrollback, unless --show is given.
`;
exports.options = {
  json: { text: 'print {"token", "expiresAt"} instead' },
  show: { text: 'print it to a terminal too' },
  profile: PROFILE,
  'env-file': ENV_FILE,
};

/** @param {import('./usage.js').ValuesOf<typeof exports.options>} values */
exports.run = async function run({ json = false, show = false, profile, 'env-file': files }) {
  if (process.stdout.isTTY && !show) {
    throw new UsageError(
      'The token is not printed to a terminal, where others may read it. Use it where it is needed, ' +
        'PGPASSWORD=$(npx lakebase-token token) psql, or add --show.',
    );
  }
  useProfile(profile);
  const loaded = await loadEnvFiles(files);
  for (const remark of remarksOn(loaded)) {
    console.error(`lakebase-token: ${remark}`);
  }
  requireInPlace(process.env, profile !== undefined);
  const credential = await whileWaiting(
    'Asking for a token',
    getLakebaseCredential({ minLifetimeMs: GOOD_LIFETIME_MS }).catch(withFiles(loaded)),
  );
  process.stdout.write(`${json ? JSON.stringify(credential) : credential.token}\n`);
  return 0;
};

/** A tool that gets it may take a while before it logs in. */
const GOOD_LIFETIME_MS = 10 * 60_000;
exports.GOOD_LIFETIME_MS = GOOD_LIFETIME_MS;
