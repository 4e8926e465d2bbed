// What NODE_DEBUG=lakebase-token prints of an event, in one line.
'use strict';

/**
 * @typedef {import('lakebase-token').LakebaseTokenFetch} Fetch
 * @typedef {import('lakebase-token').LakebaseTokenWait} Wait
 * @typedef {import('lakebase-token').LakebaseTokenAttemptFailed} AttemptFailed
 * @typedef {import('lakebase-token').LakebaseTokenRejected} Rejected
 */

/**
 * @param {string} what the kind of a context, or the name of a channel
 * @param {object} told
 */
exports.debugLine = function debugLine(what, told) {
  const line = LINES[what]?.(/** @type {any} */ (told)) ?? what;
  // What others said is in it: no control character reaches a terminal.
  return line.replace(/\p{Cc}+/gu, ' ');
};

/** @type {Record<string, (told: any) => string>} */
const LINES = {
  fetch: (/** @type {Fetch} */ fetch) =>
    `fetch (${fetch.reason}) ${place(fetch)} ${fetched(fetch)}`,
  wait: (/** @type {Wait} */ wait) => `wait ${place(wait)} ${waited(wait)}`,
  'lakebase-token:attempt-failed': (/** @type {AttemptFailed} */ failed) =>
    `attempt ${failed.attempt} for the ${failed.request} ${place(failed.fetch)} failed: ` +
    `${why(failed.error)}${again(failed.retryAt)}`,
  'lakebase-token:rejected': (/** @type {Rejected} */ rejected) =>
    `token ${place(rejected)} of ${rejected.token.issuedAt.toISOString()} was refused by Postgres`,
};

/** @param {Fetch} fetch */
function fetched(fetch) {
  const { attempts, endedAt, error, isBackground, outcome, retryAt, token } = fetch;
  if (endedAt === undefined) return isBackground ? 'begins in the background' : 'begins';
  const took = `after ${lasted(fetch)}, ${attempts === 1 ? '1 request' : `${attempts} requests`}`;
  const until = token && `, expires ${token.expiresAt.toISOString()}`;
  switch (outcome) {
    case 'obtained':
      return `obtained a token ${took}${until}, renews ${token?.renewsAt.toISOString()}`;
    case 'kept':
      return `kept the token ${took}${until}${error ? `: ${why(error)}` : ''}${again(retryAt)}`;
    case 'failed':
      return `failed ${took}: ${error ? why(error) : 'no reason'}${again(retryAt)}`;
    default:
      return `ended ${took}: nobody waits for it`;
  }
}

/** @param {Wait} wait */
function waited(wait) {
  const { endedAt, error, outcome } = wait;
  if (endedAt === undefined) return 'begins';
  const reason = error ? `: ${why(error)}` : '';
  return `ended after ${lasted(wait)} with ${END[outcome ?? 'failed']}${reason}`;
}

/** @type {Record<NonNullable<Wait['outcome']>, string>} */
const END = {
  token: 'a token',
  fallback: 'the token of before',
  failed: 'an error',
  aborted: 'an abort',
};

/** @param {{ workspace?: string, endpoint?: string }} about */
function place({ workspace, endpoint }) {
  return workspace === undefined ? 'of what is set' : `of ${endpoint} at ${workspace}`;
}

/** @param {{ startedAt: Date, endedAt?: Date }} span */
function lasted({ startedAt, endedAt }) {
  return `${Number(endedAt) - Number(startedAt)} ms`;
}

/** @param {import('lakebase-token').LakebaseTokenError} error */
function why({ code, message }) {
  return `${code}: ${message}`;
}

/** @param {Date | undefined} retryAt */
function again(retryAt) {
  return retryAt ? ` Again at ${retryAt.toISOString()} at the earliest.` : '';
}
