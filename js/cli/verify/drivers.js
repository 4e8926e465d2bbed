// A login to Postgres with the driver that the project itself has. It ends, whatever the driver does.
'use strict';

const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { withinLimit } = require('./limit.js');
const { withPg } = require('./pg_login.js');
const { withPostgres } = require('./postgres_login.js');

/**
 * @typedef {object} Login
 * @property {string} host
 * @property {number} port
 * @property {string} user
 * @property {string} database
 * @property {string} password
 * @property {{ ca?: string[] } | false} ssl
 *
 * @typedef {{ role: string, version: string }} Greeting
 *
 * A login under way.
 * @typedef {object} Attempt
 * @property {Promise<Greeting>} greeting
 * @property {() => Promise<unknown>} close as the driver means it, which may take for ever
 * @property {() => void} destroy at once
 *
 * @typedef {(library: never, login: Login) => Attempt} LogIn
 * @typedef {{ name: string, version: string, logIn: (login: Login) => Promise<Greeting> }} Driver
 *
 * @param {string} folder of the project
 * @param {number} [limitMs] for one login
 * @returns {Driver | undefined}
 */
function findDriver(folder, limitMs = LOGIN_LIMIT_MS) {
  const fromProject = createRequire(path.join(folder, 'package.json'));
  for (const [name, logIn] of Object.entries(DRIVERS)) {
    try {
      const library = /** @type {never} */ (fromProject(name));
      const version = versionOf(fromProject, name);
      return { name, version, logIn: (login) => finished(logIn(library, login), limitMs) };
    } catch {
      // Not there, or not able to load: the next one.
    }
  }
  return undefined;
}

/**
 * @param {Attempt} attempt
 * @param {number} limitMs
 */
async function finished({ greeting, close, destroy }, limitMs) {
  try {
    const greeted = await withinLimit(greeting, limitMs, LATE);
    await withinLimit(close(), CLOSING_LIMIT_MS, LATE).catch(() => {});
    return greeted;
  } finally {
    destroy();
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

/** As long as a pool commonly waits for a connection. */
const LOGIN_LIMIT_MS = 10_000;
const CLOSING_LIMIT_MS = 1_000;

/** As the driver postgres has it. */
const LATE = 'CONNECT_TIMEOUT';

module.exports = { findDriver };
