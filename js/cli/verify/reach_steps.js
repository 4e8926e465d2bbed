// The steps that tell whether the workspace is reached. DNS and TCP are checked with Node's own modules. The
// package itself looks at the certificate and the clock: what it trusts, and which proxy it goes through,
// nobody else knows.
'use strict';

const { X509Certificate } = require('node:crypto');
const dns = require('node:dns/promises');
const { once } = require('node:events');
const net = require('node:net');
const { codeOf } = require('../foreseen.js');
const { foreign } = require('../../foreign_text.js');
const { duration } = require('../terminal.js');
const { failed, inWords, ok, skipped, warning } = require('./findings.js');
const { withinLimit } = require('./limit.js');

/**
 * @typedef {Record<string, string | undefined>} Env
 * @typedef {import('./workspace_steps.js').Workspace} Workspace
 * @typedef {import('../../addon.d.ts').Seen & { asked: number, answered: number }} Seen
 * @typedef {import('./findings.js').Finding} Finding
 */

/**
 * @template Learned
 * @typedef {import('./findings.js').Outcome<Learned>} Outcome
 */

const native = () => require('../../native.js');

/** @param {Workspace} workspace */
async function names({ origin, proxy, from }) {
  if (proxy) return skipped(`the proxy of ${proxy} looks the name up`);
  const name = hostname(origin);
  if (net.isIP(name)) return skipped(`${name} is an address`);
  try {
    const addresses = await withinLimit(dns.lookup(name, { all: true }), STEP_LIMIT_MS, LATE);
    return ok(addresses.map(({ address }) => address).join(', '));
  } catch (error) {
    return codeOf(error) === 'ENOTFOUND'
      ? failed(`there is no host ${name}`, `Check the spelling of ${from.host}, and the VPN.`)
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
    await withinLimit(once(socket, 'connect'), STEP_LIMIT_MS, LATE);
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

/** As the system has it. */
const LATE = 'ETIMEDOUT';

const LARGE_SKEW_MS = 30_000;

module.exports = { certificate, clock, connection, names };
