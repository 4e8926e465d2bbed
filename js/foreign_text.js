// What is printed and is not ours: names of authorities, messages of servers and drivers, contents and
// names of files, words of other programs. A terminal obeys some characters, and people paste what it
// shows into tickets, so all of it goes through here.
'use strict';

const { storeSecrets } = require('./store_secrets.js');

/**
 * `text` on one line, without anything that moves, paints, hides or turns what stands beside it, and
 * without a piece of a secret.
 *
 * @param {unknown} text
 * @param {{ secrets?: string[], longest?: number }} [options] `secrets` that are known, and the number of
 *   characters to show at most
 */
function foreign(text, { secrets = [], longest = 300 } = {}) {
  const visible = String(text)
    .slice(0, LONGEST_READ)
    .replace(/\s+/g, ' ')
    .replace(INVISIBLE, REPLACEMENT)
    .trim();
  const told = secrets.reduce(withoutPieces, visible).replace(LIKE_A_SECRET, '…');
  const characters = Array.from(told);
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : told;
}

/**
 * What must not be printed, of those in this environment.
 * @param {Record<string, string | undefined>} env
 * @returns {string[]}
 */
function secretsOf(env) {
  const values = SECRETS.map((name) => env[name]?.trim() ?? '');
  return [...values, ...storeSecrets(env)].filter(Boolean);
}

/**
 * Also of a secret that was cut, or is written in the other case.
 * @param {string} text
 * @param {string} secret
 */
function withoutPieces(text, secret) {
  const length = Math.min(PIECE, secret.length);
  if (length < SHORTEST_SECRET) return text;
  const pieces = new Set();
  for (let at = 0; at + length <= secret.length; at += 1) {
    pieces.add(inLowerCase(secret.slice(at, at + length)));
  }
  const lower = inLowerCase(text);
  let told = '';
  let next = 0;
  for (let at = 0; at + length <= text.length; at += 1) {
    if (!pieces.has(lower.slice(at, at + length))) continue;
    if (at >= next) told += `${text.slice(next, at)}…`;
    next = at + length;
  }
  return told + text.slice(next);
}

/**
 * Of equally many characters: some letters beyond ASCII become two.
 * @param {string} text
 */
function inLowerCase(text) {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The secrets of an identity. */
const IDENTITY = ['DATABRICKS_TOKEN', 'DATABRICKS_CLIENT_SECRET'];
const SECRETS = [
  ...IDENTITY,
  'DATABRICKS_OIDC_TOKEN',
  'VERCEL_OIDC_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'LAKEBASE_TOKEN_STORE_KEY',
];

/** Controls, format characters such as bidirectional overrides, and what has no width or no ink. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const REPLACEMENT = '\uFFFD';

/** JSON Web Tokens, tokens and OAuth secrets of Databricks, and whatever has no end. */
const LIKE_A_SECRET = /\b(eyJ[\w-]+\.[\w.-]+|(dapi|dose|doau|dkea)\w{8,}|[\w~+=-]{64,})/g;

/** So few letters in a row that they tell nothing. */
const PIECE = 12;
/** A shorter one may be any word. */
const SHORTEST_SECRET = 4;

/** Enough of what somebody sends without end. */
const LONGEST_READ = 20_000;

module.exports = { IDENTITY, foreign, secretsOf };
