// The steps from the variables to a Postgres token. Names, connection, certificate and clock are looked
// at with Node's own means; both tokens are got by the package itself, as an application gets them.
'use strict';

const dns = require('node:dns/promises');
const { once } = require('node:events');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');
const { setTimeout: sleep } = require('node:timers/promises');
const { getLakebaseCredential } = require('../../index.js');
const { loadEnvFiles, remarksOn } = require('../env_files.js');
const { foreign } = require('../foreign_text.js');
const { misplacedForToken } = require('../misplaced.js');
const { duration, untilWhen } = require('../terminal.js');
const { authorities } = require('./authorities.js');
const { failed, ok, skipped, warning } = require('./findings.js');
const { shownVariables } = require('./variables.js');

const native = () => require('../../native.js');

async function variables(way) {
  let loaded;
  try {
    loaded = await loadEnvFiles(way.files);
  } catch (error) {
    if (error.code !== 'ENV_FILE_UNTRUSTED') throw error;
    return failed(error.message);
  }
  const remarks = remarksOn(loaded).join(' ');
  return {
    ...judged(way, loaded, remarks),
    variables: shownVariables({ env: way.env, ...loaded }),
  };
}

function judged(way, { origins }, remarks) {
  const misplaced = misplacedForToken(way.env);
  if (misplaced !== undefined) return failed(misplaced.what, misplaced.advice);
  const found = native().inspect(way.env);
  if (found.error) {
    const { message, code } = found.error;
    return failed(`${message} (${code})`, remarks);
  }
  Object.assign(way, found, { origin: new URL(found.host) });
  const files = [...new Set(origins.values())].join(' and ');
  const from = files ? `from this environment and ${files}` : 'from this environment';
  return remarks ? warning(from, remarks) : ok(from);
}

function host({ origin, identity, env }) {
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

async function names({ origin, proxy }) {
  if (proxy) return skipped(`the proxy of ${proxy} looks the name up`);
  const name = hostname(origin);
  if (net.isIP(name)) return skipped(`${name} is an address`);
  try {
    const addresses = await dns.lookup(name, { all: true });
    return ok(addresses.map(({ address }) => address).join(', '));
  } catch (error) {
    return error.code === 'ENOTFOUND'
      ? failed(`there is no host ${name}`, 'Check the spelling of DATABRICKS_HOST, and the VPN.')
      : failed(
          `the name server does not answer (${error.code})`,
          'Check the network of this machine.',
        );
  }
}

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

async function certificate({ origin, proxy, trustsSystem, env }) {
  if (proxy) return skipped(`through the proxy of ${proxy}`);
  if (origin.protocol === 'http:') return skipped('plain http, on loopback');
  const name = hostname(origin);
  const socket = tls.connect({
    host: name,
    port: portOf(origin),
    servername: net.isIP(name) ? undefined : name,
    ca: authorities(env),
    // Looked at all the same: who shows a certificate that is not trusted is the question.
    rejectUnauthorized: false,
  });
  try {
    await withinLimit(once(socket, 'secureConnect'));
    const { issuer, valid_to: end } = socket.getPeerCertificate();
    // The words of whoever answers, who need not be trusted by anybody.
    const by = foreign(issuer?.O ?? issuer?.CN ?? 'somebody unnamed', { longest: 100 });
    const shown = `${socket.getProtocol()}, by ${by}, until ${new Date(end).toISOString().slice(0, 10)}`;
    // Only the core sees the system's certificates on every version of Node.
    const isTrusted = socket.authorized || trustsSystem;
    return isTrusted ? ok(shown) : failed(`${shown}: ${distrust(socket)}`, adviceOnTrust(socket));
  } catch (error) {
    return failed(
      `there is no TLS (${reason(error)})`,
      'Check DATABRICKS_HOST and its port, and whether a firewall breaks connections open.',
    );
  } finally {
    socket.destroy();
  }
}

/** Of an error of Node's. */
function reason({ code, message }) {
  return code ?? foreign(message);
}

function distrust({ authorizationError }) {
  switch (String(authorizationError?.code ?? authorizationError)) {
    case 'CERT_HAS_EXPIRED':
      return 'it has expired';
    case 'CERT_NOT_YET_VALID':
      return 'it is not valid yet';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'it is for another host';
    default:
      return `nobody who is trusted has signed it`;
  }
}

function adviceOnTrust({ authorizationError }) {
  switch (String(authorizationError?.code ?? authorizationError)) {
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return "Check this machine's clock.";
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'Check DATABRICKS_HOST.';
    default:
      return (
        'If a company proxy signs with its own authority, name its certificate in ' +
        'NODE_EXTRA_CA_CERTS, or set NODE_USE_SYSTEM_CA=1 if the system knows it.'
      );
  }
}

async function clock({ origin, proxy, env }) {
  if (proxy) return skipped(`through the proxy of ${proxy}`);
  const asked = Date.now();
  const date = await dateOf(origin, env).catch(() => undefined);
  const answered = Date.now();
  if (date === undefined) return skipped('the workspace does not tell its time');
  // It has whole seconds, and was written at some moment in between.
  const ahead = asked - (date + 1_000);
  const behind = date - answered;
  const [skew, word] = ahead > behind ? [ahead, 'ahead of'] : [behind, 'behind'];
  if (skew <= 0) return ok("this machine's clock agrees with the workspace's");
  const told = `this machine's clock is ${duration(skew)} ${word} the workspace's`;
  return skew < LARGE_SKEW_MS
    ? ok(told)
    : warning(told, 'Set the clock. Tokens are not harmed by it, but certificates and logs are.');
}

/** The answer's `Date`, in milliseconds. The request carries nothing, so its receiver may be anybody. */
async function dateOf(origin, env) {
  const { request } = origin.protocol === 'http:' ? http : https;
  const options = { method: 'HEAD', agent: false, ca: authorities(env), rejectUnauthorized: false };
  const sent = request(new URL('/', origin), options);
  sent.end();
  try {
    const [response] = await withinLimit(once(sent, 'response'));
    const date = Date.parse(response.headers.date);
    return Number.isNaN(date) ? undefined : date;
  } finally {
    sent.destroy();
  }
}

async function accessToken(way) {
  const { identity, env } = way;
  way.flight = getLakebaseCredential({ timeoutMs: TOKEN_PATIENCE_MS });
  // The next step reports it.
  way.flight.catch(() => {});
  if (identity === 'personal-token') {
    return ok('DATABRICKS_TOKEN itself; the next step tells whether it is valid');
  }
  try {
    const expiry = await native().accessTokenExpiry(env);
    const until = expiry ? `, valid until ${untilWhen(expiry, new Date())}` : '';
    return ok(`client credentials${until}`);
  } catch (error) {
    return failed(`${error.message} (${error.code})`);
  }
}

async function credentials(way) {
  try {
    const credential = await way.flight;
    way.token = credential.token;
    way.subject = subjectOf(credential.token);
    const until = `valid until ${untilWhen(credential.expiresAt, new Date())}`;
    return ok(way.subject ? `${until}, for ${way.subject}` : until);
  } catch (error) {
    return failed(`${error.message} (${error.code})`);
  }
}

/** Whom a JSON Web Token is for (RFC 7519 §4.1.2), if it is one; not checked, only shown. */
function subjectOf(token) {
  try {
    const [, payload] = token.split('.');
    const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof sub === 'string' && /^[\x21-\x7E]{1,200}$/.test(sub) ? sub : undefined;
  } catch {
    return undefined;
  }
}

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

function hostname({ hostname }) {
  return hostname.replace(/^\[|\]$/g, '');
}

function portOf({ port, protocol }) {
  return Number(port) || (protocol === 'http:' ? 80 : 443);
}

/** Longer than a slow VPN needs; shorter than a person waits. */
const STEP_LIMIT_MS = 8_000;

/** All that a flight may take with its retries, so that its last word is heard. */
const TOKEN_PATIENCE_MS = 35_000;

const LARGE_SKEW_MS = 30_000;

module.exports = [
  { name: 'variables', run: variables },
  { name: 'host', run: host },
  { name: 'DNS', run: names },
  { name: 'TCP', run: connection },
  { name: 'TLS', run: certificate },
  { name: 'clock', run: clock },
  { name: 'access token', run: accessToken },
  { name: 'Postgres token', run: credentials },
];
