// The projects, branches, endpoints and databases of a workspace, as its lists tell them:
// https://docs.databricks.com/api/workspace/postgres.
'use strict';

const { foreign } = require('../../foreign_text.js');
const { pathOf } = require('../../look_ups.js');
const { codeOf } = require('../foreseen.js');

/**
 * @typedef {import('../../look_ups.js').Inside} Inside
 *
 * @typedef {object} Resource
 * @property {string} name its whole path, `projects/p/branches/b`
 * @property {unknown} status
 *
 * @typedef {Record<string, unknown>} Status
 * @typedef {{ name: string, status: Status, id: string, about: string }} Listed
 */

/**
 * A list; `undefined` where the identity may not see it. It is not whole where it has no end.
 * @param {Inside} inside
 * @param {string} list such as `projects/p/branches`
 * @returns {Promise<{ all: Listed[], isWhole: boolean } | undefined>}
 */
async function listed(inside, list) {
  const kind = idOf(list);
  const read = await pagesOf(inside, list, kind).catch((error) => {
    if (codeOf(error) === 'ERR_LAKEBASE_FORBIDDEN') return undefined;
    throw error;
  });
  if (read === undefined) return undefined;
  const about = ABOUT[kind] ?? (() => '');
  const all = read.found.map(({ name, status: told }) => {
    const status = /** @type {Status} */ (Object(told));
    const id = kind === 'databases' ? textOf(status.postgres_database) : idOf(name);
    const more = foreign(about(status), { longest: 60 });
    return { name, status, id, about: more === id ? '' : more };
  });
  return { all: all.sort((one, other) => rank(one) - rank(other)), isWhole: read.isWhole };
}

/**
 * @param {Inside} inside
 * @param {string} list
 * @param {string} kind
 */
async function pagesOf({ lookUp }, list, kind) {
  /** @type {Map<string, Resource>} */
  const found = new Map();
  const passed = new Set();
  let token = '';
  do {
    passed.add(token);
    const query = new URLSearchParams({ page_size: '100', ...(token && { page_token: token }) });
    const page = await lookUp(`${pathOf(list)}?${query}`, LOOK_UP_MS);
    const items = Array.isArray(page?.[kind]) ? page[kind].filter(isResource) : [];
    for (const item of items) found.set(item.name, item);
    token = textOf(page?.next_page_token);
  } while (token !== '' && !passed.has(token) && passed.size < MOST_PAGES && found.size < MOST);
  return { found: [...found.values()], isWhole: token === '' };
}

/** @param {unknown} told by the workspace */
function textOf(told) {
  return typeof told === 'string' ? told : '';
}

/** The last part of a path. @param {string} name */
function idOf(name) {
  return name.split('/').at(-1) ?? '';
}

/** @param {unknown} resource @returns {resource is Resource} */
function isResource(resource) {
  const { name } = /** @type {Resource} */ (resource ?? {});
  return typeof name === 'string' && /^[\x21-\x7E]{1,500}$/.test(name);
}

/** What is meant most likely comes first. @param {Listed} resource */
function rank({ status, id }) {
  const isUsual = status.default === true || isReadWrite(status) || id === USUAL_DATABASE;
  return isUsual && status.disabled !== true ? 0 : 1;
}

/** @param {Status} status */
function isReadWrite({ endpoint_type: type }) {
  return type === 'ENDPOINT_TYPE_READ_WRITE';
}

/** @type {Record<string, (status: Status) => string>} */
const ABOUT = {
  projects: ({ display_name: name }) => textOf(name),
  branches: (status) => (status.default === true ? 'the default' : ''),
  endpoints: (status) =>
    [
      isReadWrite(status) ? 'reads and writes' : 'reads only',
      ...(status.disabled === true ? ['disabled'] : []),
    ].join(', '),
};

/** Of every project: https://docs.databricks.com/aws/en/oltp/projects/manage-databases */
const USUAL_DATABASE = 'databricks_postgres';

/** More than anybody reads. */
const MOST = 1_000;

/** Pages may be small, and some servers never say which is the last one. */
const MOST_PAGES = 50;

/** A person waits for it, and the Databricks CLI may ask for a keychain first. */
const LOOK_UP_MS = 60_000;

module.exports = { LOOK_UP_MS, USUAL_DATABASE, idOf, listed, textOf };
