// Whether text that a tool or a driver takes for the way to Postgres leads a password to somebody else.
// Each of them reads such text in its own way: where two could disagree, it does. Pure functions.
'use strict';

const { isDatabricks } = require('./addresses.js');
const { isLoopback } = require('../postgres_hosts.js');

/**
 * Whether libpq expands it where the name of a database belongs:
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 * @param {string} text
 */
function isExpandedByLibpq(text) {
  return text.includes('=') || text.includes('://');
}

/**
 * Whether a driver that takes the variable for a URL would send `PGPASSWORD` to a host that is not ours.
 * @param {string} name
 * @param {string} value
 */
function leadsElsewhere(name, value) {
  if (/^\s*\w+\s*=/.test(value)) return /\b(host(addr)?|servicefile)\s*=/i.test(value);
  const text = withoutJdbc(value.replace(/\p{Cc}/gu, '').trim());
  const isJudged = POSTGRES.test(text) || URL_OF_A_DATABASE.test(name.toUpperCase());
  return isJudged && isLed(text);
}

/** @param {string} text */
function isLed(text) {
  const url = asUrl(text);
  if (url === undefined) return text.includes('//');
  const [authority = ''] = text.replace(/^[^/]*\/\//, '').split('/');
  // Its own password goes before PGPASSWORD.
  const hasOwnPassword = url.password !== '' && /^[^:@]*:[^@]+@/.test(authority);
  if (hasOwnPassword) return false;
  // libpq knows no fragment, and looks for the user before it looks for the query.
  if (text.includes('#') || /[@?].*@/.test(authority)) return true;
  const isElsewhere =
    !NO_HOST.test(url.hostname) && !isTrusted(url.hostname.replace(/^\[|\]$/g, ''));
  // Without a host PGHOST counts, which was looked at.
  return isElsewhere || [...url.searchParams].some(isWay);
}

/** @param {[string, string]} parameter of a URL */
function isWay([name, value]) {
  const isStrict = name === 'sslmode' && STRICT_SSL_MODES.has(value);
  return (
    !isStrict && /^((pg)?host|hostaddr|service|servicefile|ssl.*|socketfactory.*)$/i.test(name)
  );
}

/** @param {string} host */
function isTrusted(host) {
  return isDatabricks(host) || isLoopback(host);
}

/**
 * `jdbc:postgresql://…`, and with the name of a wrapper in between.
 * @param {string} text
 */
function withoutJdbc(text) {
  return text.replace(/^jdbc:([\w-]+:)*(?=[\w+-]+:)/i, '');
}

/**
 * As Node's drivers read it: of what has no scheme they take the host too.
 * @param {string} text
 */
function asUrl(text) {
  try {
    return new URL(text, 'postgresql:///');
  } catch {
    return undefined;
  }
}

/** `sqlite://./app.db` has a folder there. */
const NO_HOST = /^\.{0,2}$/;

/** Those with which a token is not sent to just anybody, or in the clear. */
const STRICT_SSL_MODES = new Set(['require', 'verify-ca', 'verify-full']);

/** `postgresql+psycopg2:`, `pg:`, `pgx5:`, `cockroachdb+asyncpg:` and what else speaks its protocol. */
const POSTGRES =
  /^((postg|pg|psql|cockroach|crdb|timescale|redshift|yugabyte)[\w.+-]*|[\w.-]+\+(psycopg|asyncpg|pg8000)\w*):/i;

const OTHERS = 'MONGO|REDIS|MYSQL|MARIA|SQLITE|LIBSQL|TURSO|MSSQL|CLICKHOUSE|ELASTIC|NEO4J|INFLUX';
const DATABASE = 'DATABASE|DB|POSTGRES(QL)?|PG|PSQL|SQL|SQLALCHEMY|JDBC|DATA_?SOURCE';
const KIND = 'JDBC|CONNECTION|PRISMA|DIRECT|PUBLIC|PRIVATE|POOL(ED|ER|ING)?';

/**
 * The names that tools and hosters have for it, in upper case. Some drivers take any scheme there, so it
 * does not tell what the URL is for; the name of another database does.
 */
const URL_OF_A_DATABASE = new RegExp(
  `^(?!.*(${OTHERS}))(.*_)?((${DATABASE})(_(${KIND}))*_?(URL|URI|DSN|STRING|CONN(ECTION)?)|DIRECT_UR[IL])(_.*)?$`,
);

module.exports = { STRICT_SSL_MODES, isExpandedByLibpq, isTrusted, leadsElsewhere };
