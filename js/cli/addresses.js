// Hosts and URLs, read so strictly that no two parsers can disagree about them: what is not exactly that
// is nothing. Secrets hide in the rest, and so do other hosts. Pure functions.
'use strict';

const net = require('node:net');

/**
 * @typedef {object} Address
 * @property {string} scheme with `://`, or empty
 * @property {boolean} hasUser whether a user, and perhaps a password, stands before the host
 * @property {string} host in lower case, an IPv6 address without its brackets
 * @property {string} authority host and port, as they were written
 * @property {boolean} hasMore whether a path, a query or a fragment follows
 *
 * @param {string} text `https://host:port/…`, `http://user:password@host:port`, or without the scheme
 * @returns {Address | undefined}
 */
function readAddress(text) {
  const found = /\p{C}/u.test(text) ? null : ADDRESS.exec(text);
  if (found === null) return undefined;
  const { scheme = '', user, name = '', port = '', more = '' } = found.groups ?? {};
  const hasMore = more !== '' && more !== '/';
  // A password with a slash in it ends the host early.
  const isCut = user !== undefined && hasMore;
  // `me:pass@word`: half a password may stand where the host should.
  const isHalf = user !== undefined && port === '' && !/\.\w|\[|^localhost$/.test(name);
  if (isCut || isHalf || !isItself(name, port)) return undefined;
  return {
    scheme,
    hasUser: user !== undefined,
    host: name.toLowerCase().replace(/^\[|\]$/g, ''),
    authority: name + port,
    hasMore,
  };
}

/**
 * Whether the URL's own parser sees the same host: not another spelling of an address, say.
 * @param {string} name
 * @param {string} port
 */
function isItself(name, port) {
  try {
    return new URL(`https://${name}${port}`).hostname === name.toLowerCase();
  } catch {
    return false;
  }
}

/**
 * Whether it is the name or the address of one host.
 * @param {string} text
 */
function isHost(text) {
  return net.isIP(text) !== 0 || (text.length <= 253 && NAME.test(text) && !text.includes('..'));
}

/**
 * Whether only Databricks answers there.
 * @param {string} host
 */
function isDatabricks(host) {
  const name = host.toLowerCase().replace(/\.$/, '');
  return isHost(host) && ZONES.some((zone) => name.endsWith(zone));
}

/**
 * Where workspaces are, as Databricks' own SDKs have it:
 * https://github.com/databricks/databricks-sdk-go/blob/main/common/environment/environments.go
 * Lakebase's hosts are below them: `ep-….database.us-east-1.cloud.databricks.com`. Apps
 * (databricksapps.com) are not: any customer can deploy one.
 */
const ZONES = [
  '.cloud.databricks.com',
  '.cloud.databricks.us',
  '.cloud.databricks.mil',
  '.azuredatabricks.net',
  '.databricks.azure.us',
  '.databricks.azure.cn',
  '.gcp.databricks.com',
];

// With the dot of the root, perhaps.
const NAME = /^\w(?:[\w.-]*\w)?\.?$/;

// Two parts that could hold a secret: neither has a character that ends a host for anybody.
const ADDRESS =
  /^(?<scheme>https?:\/\/)?(?:(?<user>[^\s/?#\\]*)@)?(?<name>\w(?:[\w.-]*\w)?\.?|\[[0-9a-f:.]+\])(?<port>:\d{1,5})?(?<more>[/?#][^@\\]*)?$/i;

module.exports = { isDatabricks, isHost, readAddress };
