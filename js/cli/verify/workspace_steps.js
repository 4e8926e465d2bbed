// The steps from the variables to a Postgres token. DNS and TCP are checked with Node's own modules. The
// package itself looks at the certificate and the clock, and obtains both tokens, as for an application:
// what it trusts, and which proxy it goes through, nobody else knows.
'use strict';

const { X509Certificate } = require('node:crypto');
const dns = require('node:dns/promises');
const { once } = require('node:events');
const net = require('node:net');
const { setTimeout: sleep } = require('node:timers/promises');
const { getLakebaseCredential } = require('../../index.js');
const { connectionFrom } = require('../connection.js');
const { aboutFiles, loadEnvFiles, remarksOn } = require('../env_files.js');
const { codeOf } = require('../foreseen.js');
const { foreign } = require('../foreign_text.js');
const { misplacedForToken } = require('../misplaced.js');
const { duration, untilWhen } = require('../terminal.js');
const { failed, ok, skipped, warning } = require('./findings.js');
const { shownVariables } = require('./variables.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {import('../../addon.d.ts').Inspection & { origin: URL }} Workspace
 * @typedef {import('../../addon.d.ts').Seen & { asked: number, answered: number }} Seen
 * @typedef {import('lakebase-token').LakebaseCredential} Credential
 * @typedef {import('lakebase-token').LakebaseTokenError} LakebaseTokenError
 *
 * @typedef {import('./findings.js').Finding} Finding
 */

/**
 * @template Learned
 * @typedef {import('./findings.js').Outcome<Learned>} Outcome
 */

const native = () => require('../../native.js');

/**
 * @param {Env} env
 * @param {string[]} [files] named by the user
 * @returns {Promise<Outcome<Workspace>>}
 */
async function variables(env, files) {
  let loaded;
  try {
    loaded = await loadEnvFiles(files);
  } catch (error) {
    if (codeOf(error) !== 'ENV_FILE_UNTRUSTED') throw error;
    return { finding: failed(/** @type {Error} */ (error).message) };
  }
  const remarks = remarksOn(loaded).join(' ');
  const { finding, learned } = judged(env, loaded, remarks);
  return { finding: { ...finding, variables: shownVariables({ env, ...loaded }) }, learned };
}

/**
 * @param {Env} env
 * @param {import('../env_files.js').Loaded} loaded
 * @param {string} remarks
 * @returns {Outcome<Workspace>}
 */
function judged(env, loaded, remarks) {
  const { origins } = loaded;
  const misplaced = misplacedForToken(env);
  if (misplaced !== undefined) return { finding: failed(misplaced.what, misplaced.advice) };
  const found = native().inspect(env);
  if (found.error) {
    const isMissing = found.error.code === 'ERR_LAKEBASE_CONFIG_MISSING';
    const more = [aboutFiles(loaded, found.error), isMissing ? forLogin(env) : ''];
    return { finding: failed(inWords(found.error), [remarks, ...more].filter(Boolean).join(' ')) };
  }
  const files = [...new Set(origins.values())].join(' and ');
  const from = files ? `from this environment and ${files}` : 'from this environment';
  return {
    finding: remarks ? warning(from, remarks) : ok(from),
    learned: { ...found, origin: new URL(found.host) },
  };
}

/**
 * Told along, so that one round is enough.
 * @param {Env} env
 */
function forLogin(env) {
  const { missing } = connectionFrom(env);
  return missing.length > 0 ? `For a login to Postgres set ${missing.join(', ')} too.` : '';
}

/** @param {Workspace} workspace @param {Env} env */
function host({ origin, identity }, env) {
  if (origin.hostname.startsWith('accounts.')) {
    return failed(
      `${origin.host} is the console of the account, not a workspace`,
      'Set DATABRICKS_HOST to the URL that the browser shows in the workspace.',
    );
  }
  const both = env.DATABRICKS_TOKEN && (env.DATABRICKS_CLIENT_ID || env.DATABRICKS_CLIENT_SECRET);
  if (identity === 'personal-token' && both) {
    return warning(
      `${origin.origin}; DATABRICKS_TOKEN wins over the client credentials, which are set too`,
    );
  }
  return ok(origin.origin);
}

/** @param {Workspace} workspace */
async function names({ origin, proxy }) {
  if (proxy) return skipped(`the proxy of ${proxy} looks the name up`);
  const name = hostname(origin);
  if (net.isIP(name)) return skipped(`${name} is an address`);
  try {
    const addresses = await dns.lookup(name, { all: true });
    return ok(addresses.map(({ address }) => address).join(', '));
  } catch (error) {
    return codeOf(error) === 'ENOTFOUND'
      ? failed(`there is no host ${name}`, 'Check the spelling of DATABRICKS_HOST, and the VPN.')
      : failed(
          `the name server does not answer (${codeOf(error)})`,
          'Check the network of this machine.',
        );
  }
}

/** @param {Workspace} workspace */
async function connection({ origin, proxy }) {
  if (proxy) return skipped(`through the proxy of ${proxy}`);
  const socket = net.connect({ host: hostname(origin), port: portOf(origin) });
  try {
    await withinLimit(once(socket, 'connect'));
    return ok(`${socket.remoteAddress} port ${socket.remotePort}`);
  } catch (error) {
    return failed(
      `${origin.host} does not accept a connection (${reason(error)})`,
      'Check the firewall and the VPN. A workspace may be reachable by its private link alone, or ' +
        'through a proxy: set HTTPS_PROXY.',
    );
  } finally {
    socket.destroy();
  }
}

/**
 * @param {Workspace} workspace
 * @param {Env} env
 * @returns {Promise<Outcome<Seen>>}
 */
async function certificate({ origin, proxy }, env) {
  const asked = Date.now();
  const seen = await native().look(env);
  const learned = { ...seen, asked, answered: Date.now() };
  const shown = [seen.protocol, ...inCertificate(seen.certificate)].filter(Boolean).join(', ');
  if (seen.error) {
    const told = inWords(seen.error);
    return { finding: failed(shown ? `${shown}: ${told}` : told) };
  }
  if (origin.protocol === 'http:') return { finding: skipped('plain http, on loopback'), learned };
  const way = proxy ? `, through the proxy of ${proxy}` : '';
  return { finding: ok(`${shown}${way}`), learned };
}

/**
 * Who signed a certificate, and until when: words of the server, which need not be trusted by anybody.
 * @param {Buffer | undefined} der
 */
function inCertificate(der) {
  if (der === undefined) return [];
  try {
    const { issuer, validTo } = new X509Certificate(der);
    const lines = issuer.split('\n');
    const name = (/** @type {string} */ kind) =>
      lines.find((line) => line.startsWith(`${kind}=`))?.slice(kind.length + 1);
    const by = foreign(unescaped(name('O') ?? name('CN') ?? 'somebody unnamed'), { longest: 100 });
    return [`by ${by}`, `until ${new Date(validTo).toISOString().slice(0, 10)}`];
  } catch {
    return []; // The core reads some that this runtime does not.
  }
}

/**
 * Node escapes letters and control characters of a name (RFC 2253 §2.4).
 * @param {string} name
 */
function unescaped(name) {
  return name.replace(/\\(?:([\dA-F]{2})|(.))/g, (_, hex, letter) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : letter,
  );
}

/**
 * Of an error of Node's.
 * @param {unknown} error
 */
function reason(error) {
  return codeOf(error) ?? foreign(/** @type {Error} */ (error).message);
}

/** @param {Seen} seen */
function clock({ date: told, asked, answered }) {
  const date = Date.parse(told ?? '');
  if (Number.isNaN(date)) return skipped('the workspace does not tell its time');
  // It has whole seconds, and was written at some moment in between.
  const ahead = asked - (date + 1_000);
  const behind = date - answered;
  const skew = Math.max(ahead, behind);
  const word = ahead > behind ? 'ahead of' : 'behind';
  if (skew <= 0) return ok("this machine's clock agrees with the workspace's");
  const difference = `this machine's clock is ${duration(skew)} ${word} the workspace's`;
  return skew < LARGE_SKEW_MS
    ? ok(difference)
    : warning(
        difference,
        'Set the clock. Tokens are not harmed by it, but certificates and logs are.',
      );
}

/**
 * Begins the flight that brings both tokens, and waits for the first one.
 * @param {Workspace} workspace
 * @param {Env} env
 * @returns {Promise<Outcome<{ flight: Promise<Credential> }>>}
 */
async function accessToken({ identity }, env) {
  const flight = getLakebaseCredential({ timeoutMs: TOKEN_PATIENCE_MS });
  // The next step reports it.
  flight.catch(() => {});
  if (identity === 'personal-token') {
    const detail = 'DATABRICKS_TOKEN itself; the next step tells whether it is valid';
    return { finding: ok(detail), learned: { flight } };
  }
  return { finding: await accessTokenOf(env), learned: { flight } };
}

/** @param {Env} env @returns {Promise<Finding>} */
async function accessTokenOf(env) {
  try {
    const expiry = await native().accessTokenExpiry(env);
    const until = expiry ? `, valid until ${untilWhen(expiry, new Date())}` : '';
    return ok(`client credentials${until}`);
  } catch (error) {
    return failed(inWords(/** @type {LakebaseTokenError} */ (error)));
  }
}

/**
 * @typedef {{ token: string, subject: string | undefined }} Identity a Postgres token, and whom it is for
 *
 * @param {Promise<Credential>} flight
 * @returns {Promise<Outcome<Identity>>}
 */
async function postgresToken(flight) {
  try {
    const { token, expiresAt } = await flight;
    const subject = subjectOf(token);
    const until = `valid until ${untilWhen(expiresAt, new Date())}`;
    const whose = subject ? `, for ${foreign(subject, { secrets: [token] })}` : '';
    return { finding: ok(`${until}${whose}`), learned: { token, subject } };
  } catch (error) {
    return { finding: failed(inWords(/** @type {LakebaseTokenError} */ (error))) };
  }
}

/** @param {LakebaseTokenError} error */
function inWords({ message, code }) {
  return `${message} (${code})`;
}

/**
 * Whom a JSON Web Token is for (RFC 7519 §4.1.2), if it is one; not checked, only shown.
 * @param {string} token
 * @returns {string | undefined}
 */
function subjectOf(token) {
  try {
    const [, payload = ''] = token.split('.');
    const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof sub === 'string' && /^[\x21-\x7E]{1,200}$/.test(sub) ? sub : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
async function withinLimit(promise) {
  const end = new AbortController();
  const late = sleep(STEP_LIMIT_MS, undefined, { signal: end.signal }).then(() => {
    throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    end.abort();
    late.catch(() => {});
  }
}

/** @param {URL} origin */
function hostname({ hostname }) {
  return hostname.replace(/^\[|\]$/g, '');
}

/** @param {URL} origin */
function portOf({ port, protocol }) {
  return Number(port) || (protocol === 'http:' ? 80 : 443);
}

/** Longer than a slow VPN needs; shorter than a person waits. */
const STEP_LIMIT_MS = 8_000;

/** All that a flight may take with its retries, so that its last word is heard. */
const TOKEN_PATIENCE_MS = 35_000;

const LARGE_SKEW_MS = 30_000;

module.exports = {
  accessToken,
  certificate,
  clock,
  connection,
  host,
  names,
  postgresToken,
  variables,
};
