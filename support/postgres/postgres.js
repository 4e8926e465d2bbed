// A real Postgres on loopback that admits its role `app` by token and over TLS only, like Lakebase:
// a token is checked, and its expiry with it, at login and never afterwards.
'use strict';

const { execFile, spawn } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const { once } = require('node:events');
const { chownSync, mkdtempSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { Client } = require('pg');
const { freePort } = require('../free_port.js');
const { CA_FILE, pem, serverKeys } = require('../tls/keys.js');
const { findPostgresBinaries, serverUser } = require('./postgres_binaries.js');

/**
 * @typedef {import('./postgres_binaries.js').Binaries} Binaries
 * @typedef {import('./postgres_binaries.js').ServerUser} ServerUser
 *
 * @typedef {{ binaries: Binaries, folder: string, user: ServerUser }} Place
 *
 * @typedef {object} Postgres
 * @property {string} host
 * @property {number} port
 * @property {string} user the role that logs in with a token
 * @property {string} database
 * @property {string} ca PEM: what a client has to trust, `ssl: { ca }`
 * @property {{ PGHOST: string, PGPORT: string, PGUSER: string, PGDATABASE: string }} env the same
 * @property {{ PGSSLMODE: string, PGSSLROOTCERT: string }} verifyFull for programs that are told what to
 *   trust as psql is
 * @property {Record<string, string>} beside has `startPostgres` of another program take this server for its
 *   own, where it can start none
 * @property {string} version such as `18.4`
 * @property {(issued: { token: string, expiresAt: Date | string | number }) => Promise<void>} acceptToken
 * @property {(sql: string) => Promise<Record<string, unknown>[]>} query runs as superuser
 * @property {() => Promise<void>} allowMigrations the role may make tables and schemas from now on
 * @property {() => Promise<void>} stop leaves no process and no file behind
 */

/**
 * Admits `app` with the token last given to `acceptToken`, until that token's expiry, and never
 * without TLS. Lakebase admits every unexpired token; see login_gate.js for what follows from that.
 *
 * @returns {Promise<Postgres>}
 */
async function startPostgres() {
  const beside = process.env[BESIDE];
  if (beside !== undefined) return administered(JSON.parse(beside));

  const user = serverUser();
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-postgres-'));
  const cleaner = startCleaner(folder);
  try {
    giveTo(user, folder);
    const binaries = findPostgresBinaries(user, folder);
    const password = await makeCluster({ binaries, folder, user });
    const port = await launch({ binaries, folder, user });
    const postgres = await administered({ port, password, version: binaries.version });
    await postgres.query(`CREATE ROLE ${ROLE} LOGIN`);
    return {
      ...postgres,
      async stop() {
        await postgres.stop();
        await cleaner.cleanUp();
      },
    };
  } catch (error) {
    await cleaner.cleanUp();
    throw error;
  }
}

/**
 * A server that runs, with its superuser's password. Its end is somebody else's.
 * @param {{ port: number, password: string, version: string }} server
 * @returns {Promise<Postgres>}
 */
async function administered({ port, password, version }) {
  const { host, database } = ADDRESS;
  const admin = new Client({ ...ADDRESS, port, user: 'postgres', password });
  admin.on('error', () => {}); // The server was stopped from outside: the next query says so.
  await admin.connect();
  return {
    ...{ host, port, user: ROLE, database, ca: CA, version },
    env: { PGHOST: host, PGPORT: String(port), PGUSER: ROLE, PGDATABASE: database },
    verifyFull: { PGSSLMODE: 'verify-full', PGSSLROOTCERT: CA_FILE },
    beside: { [BESIDE]: JSON.stringify({ port, password, version }) },
    async acceptToken({ token, expiresAt }) {
      const secret = admin.escapeLiteral(token);
      const expiry = admin.escapeLiteral(new Date(expiresAt).toISOString());
      await admin.query(`ALTER ROLE ${ROLE} PASSWORD ${secret} VALID UNTIL ${expiry}`);
    },
    async query(sql) {
      return (await admin.query(sql)).rows;
    },
    async allowMigrations() {
      await admin.query(`GRANT CREATE ON DATABASE ${database} TO ${ROLE}`);
      await admin.query(`GRANT CREATE ON SCHEMA public TO ${ROLE}`);
    },
    stop: () => admin.end(),
  };
}

/**
 * initdb, our TLS keys and our rules of access. Returns the superuser's password.
 * @param {Place} place
 */
async function makeCluster({ binaries, folder, user }) {
  const write = (/** @type {string} */ name, /** @type {string} */ content) => {
    const file = path.join(folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    giveTo(user, file);
    return file;
  };
  const password = randomBytes(24).toString('base64url');
  const flags = ['--username=postgres', `--pwfile=${write('superuser', password)}`];
  flags.push('--auth=scram-sha-256', '--encoding=UTF8', '--no-locale', '--no-sync');
  const initdb = path.join(binaries.folder, 'initdb');
  await promisify(execFile)(initdb, [...flags, '-D', dataIn(folder)], surroundings(folder, user));

  write('data/server.crt', serverKeys.cert);
  write('data/server.key', serverKeys.key);
  const rules = [
    `hostssl all postgres,${ROLE} 127.0.0.1/32 scram-sha-256`,
    'host all all all reject',
  ];
  write('data/pg_hba.conf', `${rules.join('\n')}\n`);
  return password;
}

/**
 * Starts the server on a port that was free a moment ago; somebody may have been faster.
 * @param {Place} place
 */
async function launch({ binaries, folder, user }) {
  for (let attemptsLeft = 5; ; attemptsLeft -= 1) {
    const port = await freePort();
    const flags = ['-D', dataIn(folder), '-h', '127.0.0.1', '-p', String(port), '-k', ''];
    flags.push('-c', 'ssl=on', '-c', 'fsync=off');
    const server = spawn(path.join(binaries.folder, 'postgres'), flags, {
      ...surroundings(folder, user),
      // A group of its own: Ctrl-C is for the test runner, and the cleaner stops the server.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const { ready, log } = await firstWords(server);
    if (ready) return port;
    if (attemptsLeft > 1 && log.includes('Address already in use')) continue;
    throw new Error(`Postgres ${binaries.version} (${binaries.folder}) did not start:\n${log}`);
  }
}

/**
 * Reads the log until the server says that it is ready, or ends.
 * @param {import('node:child_process').ChildProcessByStdio<null, null, import('node:stream').Readable>} server
 * @returns {Promise<{ ready: boolean, log: string }>}
 */
function firstWords(server) {
  return new Promise((resolve) => {
    let log = '';
    server.stderr.setEncoding('utf8').on('data', (chunk) => {
      log += chunk;
      if (log.includes('ready to accept connections')) resolve({ ready: true, log });
    });
    server.once('error', (error) => resolve({ ready: false, log: error.message }));
    server.once('close', () => resolve({ ready: false, log }));
  });
}

/**
 * A process that waits for the end of this one, however it comes, and then stops the server and
 * removes `folder`. A stop in good order only has to let go of the pipe it listens to.
 * @param {string} folder
 */
function startCleaner(folder) {
  const cleaner = spawn('sh', ['-c', CLEANER, 'sh', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(cleaner, 'exit');
  return {
    async cleanUp() {
      cleaner.stdin.end();
      await gone;
    },
  };
}

// postmaster.pid names the server while it runs, and is removed by a server that has stopped.
const CLEANER = `
cat >/dev/null
pid_file=$1/data/postmaster.pid
if pid=$(head -n 1 "$pid_file" 2>/dev/null); then
  for signal in INT QUIT; do
    kill -$signal "$pid"
    tries=0
    while [ -f "$pid_file" ] && [ $tries -lt 200 ] && kill -0 "$pid"; do
      tries=$((tries + 1))
      sleep 0.05
    done
  done
fi
rm -rf "$1"
`;

/**
 * As the server's user, in a folder it may enter, and without the PG* settings of whoever tests.
 * @param {string} folder
 * @param {ServerUser} user
 */
function surroundings(folder, user) {
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...user, cwd: folder, env: { ...Object.fromEntries(env), LC_ALL: 'C' } };
}

/**
 * What this process makes belongs to root if it runs as root.
 * @param {ServerUser} user
 * @param {string} file
 */
function giveTo(user, file) {
  if (user) chownSync(file, user.uid, user.gid);
}

/** @param {string} folder */
function dataIn(folder) {
  return path.join(folder, 'data');
}

const CA = pem('ca.pem');
const ADDRESS = { host: '127.0.0.1', database: 'postgres', ssl: { ca: CA } };
const ROLE = 'app';
const BESIDE = 'TEST_POSTGRES';

module.exports = { startPostgres };
