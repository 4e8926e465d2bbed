// `node scripts/release/beside_postgres.js COMMAND [ARGUMENT]...`: runs a command on whose platform the tests can
// start no Postgres, with one of this machine's.
'use strict';

const { spawnSync } = require('node:child_process');
const { startPostgres } = require('../../support/postgres/postgres.js');

/** @param {string} command @param {string[]} line */
async function main(command, line) {
  const postgres = await startPostgres();
  const env = { ...process.env, ...postgres.beside };
  const { status } = spawnSync(command, line, { stdio: 'inherit', env });
  await postgres.stop();
  process.exitCode = status ?? 1;
}

main(process.argv[2] ?? '', process.argv.slice(3));
