// An issuer of ID tokens, for tests: JWTs as one of any cloud would sign them.
'use strict';

const { createHash, generateKeyPairSync, randomUUID, sign } = require('node:crypto');

/**
 * @typedef {import('lakebase-token/testing').IdTokenClaims} IdTokenClaims
 * @typedef {import('lakebase-token/testing').IdTokenHeader} IdTokenHeader
 */

/**
 * A JWT of these claims and the usual others. The signature is a real one of ES256 or RS256; where the
 * header names another algorithm, the latter.
 * @param {IdTokenClaims} claims
 * @param {Date} date the service's clock
 * @param {{ lifetimeMs: number, header?: IdTokenHeader }} made
 */
function issuedIdToken(claims, date, { lifetimeMs, header = {} }) {
  const now = Math.floor(date.getTime() / 1000);
  const times = { iat: now, nbf: now, exp: now + Math.floor(lifetimeMs / 1000) };
  const { privateKey, kid } = keyFor(header.alg);
  const parts = [
    { alg: 'RS256', typ: 'JWT', kid, ...header },
    { jti: randomUUID(), ...times, ...claims },
  ];
  const signed = parts.map(encoded).join('.');
  const key = /** @type {const} */ ({ key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

/** @param {object} part */
function encoded(part) {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** @param {string | undefined} alg */
function keyFor(alg) {
  return alg === 'ES256' ? lazyKey('EC') : lazyKey('RSA');
}

/**
 * Made when it is needed, once a process: it takes a tenth of a second.
 * @param {'EC' | 'RSA'} type
 */
function lazyKey(type) {
  const made = KEYS.get(type) ?? newKey(type);
  KEYS.set(type, made);
  return made;
}

/** @param {'EC' | 'RSA'} type */
function newKey(type) {
  const { publicKey, privateKey } =
    type === 'EC'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  // RFC 7638: the members of the public key alone, in order.
  const members = Object.entries(publicKey.export({ format: 'jwk' })).sort();
  const thumbprint = JSON.stringify(Object.fromEntries(members));
  return { privateKey, kid: createHash('sha256').update(thumbprint).digest('base64url') };
}

/** @type {Map<string, { privateKey: import('node:crypto').KeyObject, kid: string }>} */
const KEYS = new Map();

module.exports = { issuedIdToken };
