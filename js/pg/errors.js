// What the errors of a connection mean for whoever connects.
'use strict';

/** @typedef {Error & { code?: string }} PgError */

/**
 * Postgres refuses the login.
 * @param {PgError} error
 */
function isRefusal({ code }) {
  return code === '28P01' || code === '28000';
}

/**
 * Nobody listens there, or there is no such place.
 * @param {PgError} error
 */
function isNowhere({ code }) {
  return code === 'ENOTFOUND' || code === 'ECONNREFUSED';
}

/**
 * It starts, or stops to start again, or the way to it is not there yet.
 * @param {PgError} error of a login
 */
function isWaking({ code, message }) {
  return WAKING.has(code ?? '') || message === UNEXPECTED;
}

/**
 * Lakebase ends idle connections when it suspends: that is no news.
 * @param {PgError} error
 */
function lostForNoReason({ code, message }) {
  if (EXPECTED.has(code ?? '') || message === UNEXPECTED) return;
  console.warn(`An idle connection was lost: ${message}`);
}

const UNEXPECTED = 'Connection terminated unexpectedly';
const WAKING = new Set(['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);
const EXPECTED = new Set(['57P01', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

module.exports = { isNowhere, isRefusal, isWaking, lostForNoReason };
