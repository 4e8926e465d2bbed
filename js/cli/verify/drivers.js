// A login to Postgres with the driver that the project itself has.
'use strict';

const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { codeOf } = require('../foreseen.js');

/**
 * @typedef {object} Login
 * @property {string} host
 * @property {number} port
 * @property {string} user
 * @property {string} database
 * @property {string} password
 * @property {string[]} ca
 *
 * @typedef {{ role: string, version: string }} Greeting
 * @typedef {(library: never, login: Login) => Promise<Greeting>} LogIn
 * @typedef {{ name: string, version: string, logIn: (login: Login) => Promise<Greeting> }} Driver
 *
 * @param {string} folder of the project
 * @returns {Driver | undefined}
 */
function findDriver(folder) {
  const fromProject = createRequire(path.join(folder, 'package.json'));
  for (const [name, logIn] of Object.entries(DRIVERS)) {
    try {
      const library = /** @type {never} */ (fromProject(name));
      const version = versionOf(fromProject, name);
      return { name, version, logIn: (login) => logIn(library, login) };
    } catch {
      // Not there, or not able to load: the next one.
    }
  }
  return undefined;
}

/** @param {typeof import('pg')} library @param {Login} login @returns {Promise<Greeting>} */
async function withPg({ Client }, { ca, ...login }) {
  const client = new Client({
    ...login,
    ssl: { ca },
    connectionTimeoutMillis: LOGIN_LIMIT_MS,
    application_name: APPLICATION,
  });
  // Errors of the connection after the query do not matter.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(QUESTION);
    return rows[0];
  } catch (error) {
    // pg has no code for a server that closes the connection before it is ready.
    const { _ended: hasEnded } = /** @type {{ _ended?: boolean }} */ (client);
    if (hasEnded && !codeOf(error))
      Object.assign(/** @type {Error} */ (error), { code: 'ECONNRESET' });
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * @param {import('postgres') & { default?: import('postgres') }} library
 * @param {Login} login
 * @returns {Promise<Greeting>}
 */
async function withPostgres(library, { ca, ...login }) {
  const postgres = library.default ?? library;
  const sql = postgres({
    ...login,
    ssl: { ca },
    max: 1,
    fetch_types: false,
    connect_timeout: LOGIN_LIMIT_MS / 1000,
    connection: { application_name: APPLICATION },
    onnotice() {},
  });
  try {
    const [row] = /** @type {[Greeting]} */ (/** @type {unknown} */ (await sql.unsafe(QUESTION)));
    return row;
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {});
  }
}

/**
 * Read, because not every package lets its package.json be required.
 * @param {NodeJS.Require} fromProject
 * @param {string} name
 * @returns {string}
 */
function versionOf(fromProject, name) {
  let folder = path.dirname(fromProject.resolve(name));
  while (folder !== path.dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
      if (found.name === name) return found.version;
    } catch {
      // Not in this folder: in the one above.
    }
    folder = path.dirname(folder);
  }
  return '';
}

/**
 * In the order in which they are looked for.
 * @type {Record<string, LogIn>}
 */
const DRIVERS = { pg: withPg, postgres: withPostgres };

const QUESTION =
  "SELECT 1 AS one, current_user AS role, current_setting('server_version') AS version";
const APPLICATION = 'lakebase-token verify';
const LOGIN_LIMIT_MS = 10_000;

module.exports = { findDriver };
