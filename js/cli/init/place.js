// Where to connect, and as whom: an endpoint, a database and a role.
'use strict';

const { foreign } = require('../../foreign_text.js');
const { note } = require('../note.js');
const { hostOf, roleOf } = require('../../look_ups.js');
const { codeOf, foreseen } = require('../foreseen.js');
const { whileWaiting } = require('../terminal.js');
const { UsageError } = require('../usage.js');
const { choose, isNamed } = require('./choose.js');
const { LOOK_UP_MS, USUAL_DATABASE, idOf, listed, textOf } = require('./resources.js');

/**
 * @typedef {import('../../look_ups.js').Inside} Inside
 * @typedef {import('./choose.js').Asker} Asker
 * @typedef {import('./resources.js').Listed} Listed
 * @typedef {{ name: string, host: string }} Endpoint
 *
 * @param {Inside} inside
 * @param {{ project?: string, branch?: string, endpoint?: string }} named
 * @param {Asker} asker
 * @returns {Promise<Endpoint>}
 */
async function chosenEndpoint(inside, named, asker) {
  const name = isPath(named.endpoint) ? named.endpoint : await walked(inside, named, asker);
  const host = await whileWaiting('Looking up the host', hostOf(inside, name, LOOK_UP_MS));
  return { name, host };
}

/**
 * From the projects to an endpoint.
 * @param {Inside} inside
 * @param {{ project?: string, branch?: string, endpoint?: string }} named
 * @param {Asker} asker
 */
async function walked(inside, named, asker) {
  let list = 'projects';
  let name = '';
  for (const what of /** @type {const} */ (['project', 'branch', 'endpoint'])) {
    name = await chosenOf(inside, { what, list, named: named[what] }, asker);
    list = `${name}/${BELOW[what]}`;
  }
  return name;
}

/**
 * @param {Inside} inside
 * @param {{ what: keyof typeof BELOW, list: string, named?: string }} wanted
 * @param {Asker} asker
 */
async function chosenOf(inside, { what, list, named }, asker) {
  const plural = idOf(list);
  const found = await whileWaiting(`Looking up the ${plural}`, listed(inside, list));
  const isSeen = named !== undefined && found?.all.some((one) => isNamed(told(one), named));
  // Whether it is there tells the next request.
  if (named !== undefined && !isSeen && !found?.isWhole) return `${list}/${idOf(named)}`;
  if (found === undefined || found.all.length === 0) {
    const why = found ? `There are no ${plural}` : `The identity may not see the ${plural}`;
    const of = list === plural ? 'of the workspace' : `of ${list.slice(0, -plural.length - 1)}`;
    throw foreseen(
      'NOTHING_TO_CHOOSE',
      `${why} ${foreign(of)}. Grant it CAN VIEW, or name the endpoint: --endpoint projects/…/branches/…/endpoints/…`,
    );
  }
  if (named === undefined && !found.isWhole) noteMore(plural, what);
  const isUsual = (/** @type {Listed} */ { name }) =>
    (process.env.LAKEBASE_ENDPOINT ?? '').startsWith(`${name}/`);
  return (await choose({ what, from: found.all, named, told, isUsual }, asker)).name;
}

/** @param {Listed} one */
function told({ name, id, about, status }) {
  return { name: id, about, others: [name, textOf(status.display_name)] };
}

/** @param {string} plural @param {string} what */
function noteMore(plural, what) {
  console.error(`Note: there are more ${plural} than these. --${what} takes any of them.`);
}

/**
 * @param {Inside} inside
 * @param {Endpoint} endpoint
 * @param {string | undefined} named which may be one that nobody lists
 * @param {Asker} asker
 */
async function chosenDatabase(inside, { name }, named, asker) {
  if (named !== undefined) return named;
  const list = `${name.split('/endpoints/')[0]}/databases`;
  const found = await whileWaiting('Looking up the databases', listed(inside, list));
  const from = found?.all.filter(({ id }) => id !== '') ?? [];
  if (from.length === 0) return USUAL_DATABASE;
  if (found?.isWhole === false) noteMore('databases', 'database');
  const told = (/** @type {{ id: string }} */ { id }) => ({ name: id });
  return (await choose({ what: 'database', from, told }, asker)).id;
}

/**
 * @param {import('lakebase-token').LakebaseTokens} tokens
 * @param {Inside} inside
 * @param {string | undefined} named
 * @param {Asker} asker
 */
async function chosenUser(tokens, inside, named, asker) {
  if (named !== undefined) return named;
  const found = whileWaiting('Looking up the user', roleOf(tokens, inside, LOOK_UP_MS));
  try {
    return await found;
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    if (codeOf(error) === undefined) throw error;
    if (asker === undefined) throw new UsageError(`Name the role with --user: ${message}`);
    note(message);
    return asker.text('As whom to log in to Postgres?');
  }
}

/** @param {string | undefined} endpoint @returns {endpoint is string} */
function isPath(endpoint = '') {
  if (!endpoint.includes('/')) return false;
  if (/^projects\/[^/]+\/branches\/[^/]+\/endpoints\/[^/]+$/.test(endpoint)) return true;
  throw new UsageError('--endpoint is an id, or of the form projects/…/branches/…/endpoints/….');
}

const BELOW = { project: 'branches', branch: 'endpoints', endpoint: '' };

module.exports = { chosenDatabase, chosenEndpoint, chosenUser };
