// Asks for tokens with the wall clock that its parent gives it, and notes when which was handed out: by
// the monotonic clock, which the parent reads as well and which is true.
'use strict';

const { getLakebaseCredential, getLakebasePostgresToken } = require('../../js/index.js');

const CALLS_A_TURN = 4;

/** Longer than a turn takes: what lies between was a stop. */
const LONG_MS = 5;

const now = () => Number(process.hrtime.bigint()) / 1e6;
const tokenOf = (/** @type {{ token: string }} */ { token }) => token;

/**
 * @typedef {() => Promise<string>} Ask
 * @typedef {(next: () => void) => void} Rest
 *
 * @typedef {object} Notes
 * @property {number} calls
 * @property {Record<string, number>} failures by code
 * @property {Map<string, Map<number, number>>} handedOut how often each token was, in which millisecond
 * @property {[token: string, earliest: number, latest: number][]} doubtful
 */

/** What has not been noted yet was handed out after this moment. */
let seen = now();
/** @type {WeakMap<Promise<string>, string>} */
const known = new WeakMap();
/** @type {Notes} */
const notes = { calls: 0, failures: {}, handedOut: new Map(), doubtful: [] };

/**
 * It was handed out between these moments.
 * @param {string} token
 * @param {number} earliest
 * @param {number} latest
 */
function note(token, earliest, latest) {
  const moments = notes.handedOut.get(token) ?? new Map();
  notes.handedOut.set(token, moments);
  const moment = Math.floor(earliest);
  moments.set(moment, (moments.get(moment) ?? 0) + 1);
  if (latest - earliest > LONG_MS) notes.doubtful.push([token, earliest, latest]);
}

/** @param {Ask} ask */
async function call(ask) {
  notes.calls += 1;
  const made = now();
  const promise = ask();
  const before = known.get(promise);
  if (before !== undefined) {
    // Handed out before, and now again, while the call lasted.
    note(before, made, now());
    return;
  }
  try {
    const token = await promise;
    // Native code settled it after JavaScript had last run, in this turn or in the one before.
    note(token, Math.max(made, seen), now());
    known.set(promise, token);
  } catch (error) {
    const { code } = /** @type {import('lakebase-token').LakebaseTokenError} */ (error);
    notes.failures[code] = (notes.failures[code] ?? 0) + 1;
  }
}

const credential = (/** @type {import('lakebase-token').CredentialOptions} */ options = {}) =>
  getLakebaseCredential(options).then(tokenOf);

const anyOptions = () => ({
  timeoutMs: 1 + Math.random() * 5000,
  minLifetimeMs: Math.random() < 0.5 ? 0 : Math.random() * 5000,
});

/**
 * Calls in every turn, some of them with options, and the next turn after `rest`.
 * @param {Rest} rest
 */
function ask(rest, withOptions = 0.1) {
  seen = now();
  for (let count = 0; count < CALLS_A_TURN; count += 1) call(getLakebasePostgresToken);
  if (Math.random() < withOptions) call(() => credential(anyOptions()));
  rest(() => ask(rest, withOptions));
}

/** @type {Rest} */
const aMillisecond = (next) => {
  setTimeout(next, 1);
};

/** @type {Record<string, () => void>} */
const programs = {
  /** Waits for its parent. */
  single: () => {},
  /** Never rests: a stop then rarely falls between a settled promise and its note. */
  busy: () => ask(setImmediate),
  /** Has a token, remembers none, and then takes long to read a variable. */
  slowVariables: async () => {
    await call(() => credential());
    setTimeout(() => {
      slowDown('LAKEBASE_ENDPOINT', 5500);
      ask(aMillisecond, 0);
    }, 3000);
  },
};

/**
 * The next reading of that variable takes so long.
 * @param {string} name
 * @param {number} milliseconds
 */
function slowDown(name, milliseconds) {
  const value = process.env[name];
  let left = milliseconds;
  const get = () => {
    for (const until = now() + left; now() < until; );
    left = 0;
    seen = now();
    return value;
  };
  process.env = Object.defineProperty({ ...process.env }, name, { get });
}

/** Tells the parent. */
const tell = /** @type {NonNullable<typeof process.send>} */ (process.send).bind(process);

/** @type {Record<string, () => void>} */
const commands = {
  ask: () => ask(aMillisecond),
  call: async () => {
    // In this order: a credential is looked up anew, whatever is remembered.
    const token = await getLakebasePostgresToken();
    const { expiresAt } = await getLakebaseCredential();
    tell({ token, expiresAt });
  },
  report: () => tell(notes, () => process.exit()),
};

process.on('message', (command) => commands[String(command)]?.());
tell('ready');
programs[String(process.argv[2])]?.();
