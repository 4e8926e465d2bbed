// What the workspace makes up: tokens and secrets that look like what they are not.
'use strict';

const { randomBytes } = require('node:crypto');

/**
 * As long as a real one, in the alphabet of a JWT, and plainly none.
 * @param {string} prefix
 */
function lookingLikeAToken(prefix) {
  return `${prefix}-${randomText(120)}.${randomText(640)}.${randomText(171)}`;
}

/** Another secret altogether once a client forgets to form-url-encode it. */
function secretThatNeedsEncoding() {
  return `client-secret-${randomText(24)} +/%3A:&=`;
}

/** @param {number} length */
function randomText(length) {
  return randomBytes(length).toString('base64url').slice(0, length);
}

module.exports = { lookingLikeAToken, randomText, secretThatNeedsEncoding };
