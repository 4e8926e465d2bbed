// What the workspace tells of itself: who asks, and its projects, branches, endpoints and databases. The
// shapes are those of Databricks' SDKs (service/iam, service/postgres); of the fields that they call
// optional, those are there that say where and as whom to connect.
'use strict';

const { invalidParameter, standard } = require('./answers.js');
const { printable } = require('./reading.js');

/**
 * What there is to tell.
 * @typedef {object} Told
 * @property {readonly string[]} endpoints
 * @property {string} [host]
 * @property {string} database
 * @property {string} user
 *
 * @typedef {{ name: string, [field: string]: unknown }} Resource
 */

/** @param {string} route such as `GET /api/2.0/preview/scim/v2/Me` */
function isLookUp(route) {
  return route === `GET ${ME}` || RESOURCE.test(route);
}

/**
 * The body of the answer; throws a refusal.
 * @param {{ path: string, query: URLSearchParams }} request
 * @param {Told} told
 */
function lookUp({ path, query }, told) {
  if (path === ME) {
    return scimUser(told.user);
  }
  const name = path.slice(API.length);
  const lists = allLists(told);
  const list = lists.get(name);
  if (list !== undefined) {
    return page(idOf(name), list, query);
  }
  const found = lists.get(parentOf(name))?.find((resource) => resource.name === name);
  if (found === undefined) {
    throw standard(404, 'NOT_FOUND', `There is no ${printable(name)}`);
  }
  return found;
}

/**
 * RFC 7643 §4.1. A service principal's name is its application id.
 * @param {string} userName
 */
function scimUser(userName) {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    id: '1234567890123456',
    userName,
    displayName: userName,
    active: true,
    ...(userName.includes('@') && { emails: [{ type: 'work', value: userName, primary: true }] }),
  };
}

/**
 * Every list by its path: `projects`, `projects/{project}/branches`, and so on.
 * @param {Told} told
 */
function allLists({ endpoints, host, database }) {
  /** @type {Map<string, Resource[]>} */
  const lists = new Map();
  for (const endpoint of endpoints) {
    const branch = ownerOf(endpoint);
    const project = ownerOf(branch);
    const id = database.toLowerCase().replaceAll('_', '-');
    add(lists, project, () => ({ display_name: idOf(project), default_branch: branch }));
    add(lists, branch, (isFirst) => ({ current_state: 'READY', default: isFirst }));
    add(lists, endpoint, (isFirst) => endpointStatus(endpoint, isFirst, host));
    add(lists, `${branch}/databases/${id}`, () => ({ postgres_database: database }));
  }
  return lists;
}

/**
 * Adds a resource to the list that it belongs to, once.
 * @param {Map<string, Resource[]>} lists
 * @param {string} name
 * @param {(isFirst: boolean) => object} statusOf
 */
function add(lists, name, statusOf) {
  const parent = parentOf(name);
  const list = lists.get(parent) ?? [];
  if (list.some((resource) => resource.name === name)) {
    return;
  }
  const id = { [ID_FIELDS[idOf(parent)] ?? '']: idOf(name) };
  const status = { ...id, ...statusOf(list.length === 0) };
  const owner = ownerOf(name);
  lists.set(parent, [...list, { name, ...id, ...(owner && { parent: owner }), status }]);
}

/**
 * A branch has one endpoint to write to.
 * @param {string} endpoint
 * @param {boolean} isFirst of its branch
 * @param {string} [host] without one, a host made from the path
 */
function endpointStatus(endpoint, isFirst, host) {
  const [label = '', ...labels] = hostLabels(endpoint);
  const own = host ?? [label, ...labels].join('.');
  // An address has no pooler beside it.
  const pooled = host === undefined ? [`${label}-pooler`, ...labels].join('.') : undefined;
  return {
    current_state: 'ACTIVE',
    disabled: false,
    endpoint_type: `ENDPOINT_TYPE_${isFirst ? 'READ_WRITE' : 'READ_ONLY'}`,
    hosts: isFirst
      ? { host: own, read_write_pooled_host: pooled }
      : { host: own, read_only_host: own, read_only_pooled_host: pooled },
  };
}

/** @param {string} endpoint */
function hostLabels(endpoint) {
  const [, project = '', , branch = '', , id = ''] = endpoint.split('/');
  const labels = [id, branch, project].map((part) => part.toLowerCase().replace(/[^a-z0-9]/g, '-'));
  return [...labels, 'database', 'test'];
}

/**
 * @param {string} field
 * @param {Resource[]} list
 * @param {URLSearchParams} query
 */
function page(field, list, query) {
  const size = query.get('page_size') ?? '0';
  const token = query.get('page_token') ?? '';
  if (!/^\d+$/.test(size)) {
    throw invalidParameter('page_size must be a number, and not a negative one');
  }
  const start = token === '' ? 0 : list.findIndex((resource) => pageToken(resource) === token);
  if (start === -1) {
    throw invalidParameter('page_token is not that of an earlier answer');
  }
  const end = start + (Number(size) || list.length);
  const next = list[end];
  return { [field]: list.slice(start, end), ...(next && { next_page_token: pageToken(next) }) };
}

/**
 * Of the page that begins with it.
 * @param {Resource} resource
 */
function pageToken({ name }) {
  return Buffer.from(name).toString('base64url');
}

/**
 * `projects/p` has the list `projects` for a parent, and no owner; `projects/p/branches/b` the owner
 * `projects/p`.
 * @param {string} name
 */
function parentOf(name) {
  return name.split('/').slice(0, -1).join('/');
}

/** @param {string} name */
function ownerOf(name) {
  return parentOf(parentOf(name));
}

/** @param {string} name */
function idOf(name) {
  return name.split('/').at(-1) ?? '';
}

/** Who one is. */
const ME = '/api/2.0/preview/scim/v2/Me';

const API = '/api/2.0/postgres/';

const RESOURCE =
  /^GET \/api\/2\.0\/postgres\/projects(\/[^/]+(\/branches(\/[^/]+(\/(endpoints|databases)(\/[^/]+)?)?)?)?)?$/;

/** @type {Record<string, string>} */
const ID_FIELDS = {
  projects: 'project_id',
  branches: 'branch_id',
  endpoints: 'endpoint_id',
  databases: 'database_id',
};

module.exports = { ME, isLookUp, lookUp };
