// `createLakebaseTokens`: a provider with options of its own. They are checked here, and nothing else is done
// before its first call.
'use strict';

/**
 * @typedef {import('./addon.d.ts').ProviderTokens} ProviderTokens
 * @typedef {import('./addon.d.ts').ProviderOptions} ProviderOptions
 * @typedef {import('lakebase-token').LakebaseTokens} LakebaseTokens
 *
 * What the package's entry lends.
 * @typedef {object} Entry
 * @property {() => import('./addon.d.ts').Tokens} load
 * @property {(token: Promise<string>, caller: unknown) => Promise<string>} closingIfRejected
 *
 * @param {unknown} given
 * @param {Entry} entry
 * @returns {LakebaseTokens}
 */
exports.createTokens = function createTokens(given, { load, closingIfRejected }) {
  const options = checked(given);
  /** @type {ProviderTokens | undefined} */
  let made;
  const provider = () => {
    made ??= load().provider(options);
    return made;
  };
  /** @type {LakebaseTokens} */
  const tokens = {
    /** @this {unknown} */
    getToken() {
      const tokens = made ?? provider();
      return tokens.hit() ?? closingIfRejected(tokens.token(process.env), this);
    },
    getCredential: (given) => provider().credential(process.env, given),
    invalidate: (rejectedToken) => load().invalidate(rejectedToken),
    getStatus: () => provider().status(process.env),
  };
  // For lakebase-token/pg and the command line, whichever copy of the package it is of.
  /** @type {import('./look_ups.js').Inside} */
  const inside = {
    options,
    inspect: () => provider().inspect(process.env),
    /** @type {import('./look_ups.js').Inside['lookUp']} */
    lookUp: async (path, timeoutMs) =>
      JSON.parse((await provider().lookUp?.(process.env, path, timeoutMs)) ?? 'null'),
  };
  return Object.defineProperty(tokens, Symbol.for('lakebase-token.provider'), { value: inside });
};

/**
 * @param {unknown} given
 * @returns {ProviderOptions}
 */
function checked(given = {}) {
  const options = record('options', given, OPTIONS);
  const { host, endpoint, workspaceId, identity, ttlMs, claims } = options;
  if (ttlMs !== undefined) checkLifetime(ttlMs);
  if (claims !== undefined && !Array.isArray(claims)) {
    throw invalid('claims must be an array of what tokens are good for.');
  }
  return {
    ...texts({ host, endpoint, workspaceId }),
    ...(identity !== undefined && identityOf(identity)),
    ...(ttlMs !== undefined && { ttlMs: Number(ttlMs) }),
    ...(claims !== undefined && { claims: JSON.stringify(claims) }),
  };
}

/**
 * @param {unknown} given
 * @returns {ProviderOptions}
 */
function identityOf(given) {
  const identity = record('identity', given, IDENTITY);
  const set = Object.keys(identity).filter((name) => identity[name] !== undefined);
  const has = (/** @type {string} */ name) => set.includes(name);
  const way = WAYS.find(
    ({ of, with: others = [] }) =>
      of.every(has) && set.every((name) => [...of, ...others].includes(name)),
  );
  if (way === undefined) throw invalid(`identity must have ${EITHER}.`);
  const { gives } = way;
  const { [gives ?? '']: callback, ...strings } = identity;
  for (const [name, value] of Object.entries(strings)) checkText(`identity.${name}`, value);
  if (gives === undefined) return strings;
  if (typeof callback !== 'function') throw invalid(`identity.${gives} must be a function.`);
  const giver = { gives, callback, option: `the option identity.${gives}` };
  return { ...strings, gives, giver: /** @type {import('./addon.d.ts').Giver} */ (giver) };
}

/**
 * @param {string} what
 * @param {unknown} given
 * @param {readonly string[]} known
 * @returns {Record<string, unknown>}
 */
function record(what, given, known) {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid(`${what} must be an object.`);
  }
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`There is no option ${unknown} in ${what}.`);
  return { .../** @type {Record<string, unknown>} */ (given) };
}

/** @param {Record<string, unknown>} given */
function texts(given) {
  for (const [name, value] of Object.entries(given)) checkText(name, value);
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set.map(([name, value]) => [name, String(value).trim()]));
}

/** @param {string} name @param {unknown} value */
function checkText(name, value) {
  if (value === undefined) return;
  if (typeof value !== 'string' || value.trim() === '') {
    throw invalid(`${name} must be a string, and not empty.`);
  }
  // Outside of JavaScript all halves are the same character, and two people's names could be one.
  if (/\p{Surrogate}/u.test(value)) throw invalid(`${name} has half a character in it.`);
}

/** @param {unknown} ms */
function checkLifetime(ms) {
  if (typeof ms !== 'number') throw invalid('ttlMs must be a number of milliseconds.');
  if (!(ms >= SHORTEST_MS && ms <= LONGEST_MS && Number.isInteger(ms))) {
    const message = `ttlMs must be a whole number from ${SHORTEST_MS} to ${LONGEST_MS} (an hour).`;
    throw Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
  }
}

/** @param {string} message */
function invalid(message) {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

const OPTIONS = ['host', 'endpoint', 'workspaceId', 'identity', 'ttlMs', 'claims'];

/**
 * The ways to an identity: what each takes and what it can have besides; `gives` is a function.
 * @type {{ of: string[], with?: string[], gives?: import('./addon.d.ts').Giver['gives'] }[]}
 */
const WAYS = [
  { of: ['token'] },
  { of: ['clientId', 'clientSecret'] },
  { of: ['profile'] },
  { of: ['idToken'], with: ['clientId', 'audience', 'name'], gives: 'idToken' },
  { of: ['accessToken'], with: ['name'], gives: 'accessToken' },
];
const IDENTITY = WAYS.flatMap(({ of, with: others = [] }) => [...of, ...others]);
const EITHER =
  'either token, or clientId and clientSecret, or profile, or idToken (with clientId, audience, name), or ' +
  'accessToken (with name)';

/** What the service takes for `ttl`. */
const SHORTEST_MS = 300_000;
const LONGEST_MS = 3_600_000;
