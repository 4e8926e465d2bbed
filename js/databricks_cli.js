// Asks the Databricks CLI for an access token: for what it holds, or for a new one where that has little life
// left. Several who ask the same at once share one run, because runs of the CLI renew each other's login away.
'use strict';

const { setTimeout: sleep } =
  process.getBuiltinModule?.('node:timers/promises') ?? require('node:timers/promises');
const { isCliFailure, isLostRace, readAnswer } = require('./databricks_cli/answer.js');
const { runCli } = require('./databricks_cli/run.js');
const { secretsOf } = require('./foreign_text.js');

/**
 * @typedef {import('./databricks_cli/answer.js').AccessToken} AccessToken
 * @typedef {import('./databricks_cli/answer.js').CliFailure} CliFailure
 * @typedef {import('./databricks_cli/whom.js').Whom} Whom
 *
 * @typedef {object} Question
 * @property {Whom} whom
 * @property {NodeJS.ProcessEnv} env
 * @property {number} limitMs
 * @property {(pid: number) => void} [onStart]
 * @property {(pid: number) => void} [onEnd]
 *
 * @typedef {object} Asked
 * @property {Promise<AccessToken>} held
 * @property {Promise<AccessToken>} renewed `held` itself if it has enough life left
 *
 * @typedef {object} Options
 * @property {NodeJS.ProcessEnv} [env] where the CLI is looked for, and what it is given
 * @property {AbortSignal} [signal] ends the wait, and not the CLI: it may have used up the refresh token
 * @property {number} [enoughMs] a token with so much life left is given while its renewal goes on; `Infinity`
 *   waits for the renewal's end
 * @property {boolean} [keepsAlive] whether this call keeps the event loop alive; the CLI itself never does
 * @property {number} [limitMs] of one run
 * @property {number} [graceMs] for a renewal of a token with enough life left
 * @property {(pid: number) => void} [onStart] a run has begun
 * @property {(pid: number) => void} [onEnd] it is over
 */

/**
 * Rejects with a `CliFailure`, or with the reason of `signal`.
 *
 * @param {Whom & Options} request exactly one of `profile` and `host`
 * @returns {Promise<AccessToken & { notRenewed?: CliFailure }>} `notRenewed`: why the token that has little
 *   life left is still the one that the CLI held
 */
async function accessToken({
  env = process.env,
  signal,
  enoughMs = ENOUGH_MS,
  keepsAlive = false,
  limitMs = LONGEST_RUN_MS,
  graceMs = GRACE_MS,
  onStart,
  onEnd,
  ...whom
}) {
  if ((whom.profile === undefined) === (whom.host === undefined)) {
    throw new TypeError('Exactly one of profile and host must be given.');
  }
  signal?.throwIfAborted();
  const alive = keepsAlive ? setInterval(() => {}, LONGEST_RUN_MS) : undefined;
  try {
    const answer = freshOrHeld(asked({ whom, env, limitMs, onStart, onEnd }), enoughMs, graceMs);
    return await unlessAborted(answer, signal);
  } finally {
    clearInterval(alive);
  }
}

/**
 * @param {Asked} asked
 * @param {number} enoughMs
 * @param {number} graceMs
 * @returns {Promise<AccessToken & { notRenewed?: CliFailure }>}
 */
async function freshOrHeld({ held, renewed }, enoughMs, graceMs) {
  const token = await held;
  try {
    // While the workspace is away a renewal ends by our hand alone.
    return lifeLeftMs(token) >= enoughMs ? await inTime(renewed, graceMs, token) : await renewed;
  } catch (error) {
    if (lifeLeftMs(token) <= 0) throw error;
    const failure = /** @type {CliFailure} */ (error);
    // Before version 0.296 there is no such flag; and what is held still works for a while.
    return failure.isUnknownFlag ? token : { ...token, notRenewed: failure };
  }
}

/**
 * What is being asked, by the question.
 * @type {Map<string, Asked>}
 */
const underWay = new Map();

/**
 * @param {Question} question
 * @returns {Asked}
 */
function asked(question) {
  const key = keyOf(question);
  const same = underWay.get(key);
  if (same !== undefined) return same;
  const held = answerTo(question);
  const renewed = held.then((token) =>
    lifeLeftMs(token) > LITTLE_LIFE_MS ? token : answerTo(question, ['--force-refresh']),
  );
  const begun = { held, renewed };
  underWay.set(key, begun);
  const forget = () => underWay.delete(key);
  renewed.then(forget, forget);
  return begun;
}

/** @param {Question} question */
function keyOf({ whom: { profile, host }, env }) {
  try {
    return JSON.stringify([profile, host, env]);
  } catch {
    // Deno wants a permission for it; so does the run, which says so.
    return JSON.stringify([profile, host]);
  }
}

/**
 * @param {Question} question
 * @param {string[]} [flags]
 * @returns {Promise<AccessToken>}
 */
async function answerTo(question, flags = []) {
  let ended = await runCli(question, flags);
  if (isLostRace(ended)) {
    await sleep(RACE_PAUSE_MS * (1 + 2 * Math.random()), undefined, { ref: false });
    ended = await runCli(question, flags);
  }
  return readAnswer(ended, question.whom, new Date(), secretsIn(question.env));
}

/** @param {NodeJS.ProcessEnv} env */
function secretsIn(env) {
  try {
    return secretsOf(env);
  } catch {
    return []; // Deno wants a permission for it.
  }
}

/** @param {AccessToken} token */
function lifeLeftMs({ expiresAt }) {
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt.getTime() - Date.now();
}

/**
 * @param {Promise<AccessToken>} promise
 * @param {number} limitMs
 * @param {AccessToken} otherwise
 * @returns {Promise<AccessToken>}
 */
async function inTime(promise, limitMs, otherwise) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, limitMs, otherwise).unref();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
function unlessAborted(promise, signal) {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    const stay = () => signal.removeEventListener('abort', leave);
    promise.finally(stay).then(resolve, reject);
    signal.addEventListener('abort', leave, { once: true });
  });
}

/** A token is used for a while: with less left than this a new one is asked for, as the CLI does by itself. */
const LITTLE_LIFE_MS = 5 * 60_000;

/** Time to exchange it for a Postgres token; Azure refuses one in its last 30 s. */
const ENOUGH_MS = 40_000;

/** A renewal commonly takes less; a caller has nine seconds for everything. */
const GRACE_MS = 3_000;

/** A keyring that is slow, host metadata, and a renewal over a slow network with retries of its own. */
const LONGEST_RUN_MS = 60_000;

/** One to three of these let another process finish with the macOS keychain. */
const RACE_PAUSE_MS = 100;

module.exports = { accessToken, isCliFailure };
