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
 * @property {Record<string, any>} status
 *
 * @typedef {Resource & { id: string, about: string }} Listed
 */

/**
 * All of a list; `undefined` where the identity may not see it.
 * @param {Inside} inside
 * @param {string} list such as `projects/p/branches`
 * @returns {Promise<Listed[] | undefined>}
 */
async function listed({ lookUp }, list) {
  const kind = list.split('/').at(-1) ?? '';
  /** @type {Resource[]} */
  const found = [];
  let token = '';
  try {
    do {
      const query = new URLSearchParams({ page_size: '100', ...(token && { page_token: token }) });
      const page = await lookUp(`${pathOf(list)}?${query}`, LOOK_UP_MS);
      if (Array.isArray(page?.[kind])) found.push(...page[kind].filter(isResource));
      token = typeof page?.next_page_token === 'string' ? page.next_page_token : '';
    } while (token !== '' && found.length < MOST);
  } catch (error) {
    if (codeOf(error) === 'ERR_LAKEBASE_FORBIDDEN') return undefined;
    throw error;
  }
  const about = ABOUT[kind] ?? (() => '');
  const all = found.map(({ name, status = {} }) => {
    const id = kind === 'databases' ? String(status.postgres_database ?? '') : idOf(name);
    const told = foreign(about(status), { longest: 60 });
    return { name, status, id, about: told === id ? '' : told };
  });
  return all.sort((one, other) => rank(one) - rank(other));
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

/** @param {Resource['status']} status */
function isReadWrite({ endpoint_type: type }) {
  return type === 'ENDPOINT_TYPE_READ_WRITE';
}

/** @type {Record<string, (status: Resource['status']) => string>} */
const ABOUT = {
  projects: ({ display_name: name }) => name ?? '',
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

/** A person waits for it, and the Databricks CLI may ask for a keychain first. */
const LOOK_UP_MS = 60_000;

module.exports = { LOOK_UP_MS, USUAL_DATABASE, idOf, listed };
