// Providers whose identity is a function: one that gives, late or early, that gives nothing, throws or hangs,
// and that asks for what it is to give.
import { createLakebaseTokens } from 'lakebase-token';
import { noted } from '../remains.mjs';

/**
 * @typedef {import('../load.mjs').Lane} Lane
 * @typedef {import('../load.mjs').Round} Round
 * @typedef {ReturnType<typeof createLakebaseTokens>} Tokens
 * @typedef {(given: string, tokens: () => Tokens) => string | Promise<string>} Give
 */

const later = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @type {Record<string, Give>} */
const GIVES = {
  'at once': (given) => given,
  later: async (given) => {
    await later(20);
    return given;
  },
};

/** @type {Record<string, Give>} */
const GIVES_NOTHING = {
  nothing: () => '',
  throws: () => {
    throw new Error('on purpose');
  },
  rejects: async () => {
    await later(5);
    throw new Error('on purpose');
  },
  hangs: () => new Promise(() => {}),
  'asks itself': async (_, tokens) => {
    await tokens().getToken();
    return '';
  },
};

/** @param {Lane} lane */
export async function callbacks(lane) {
  const { round, random, calls, pause } = lane;
  for (let count = 0; count < 12; count += 1) {
    const isGiving = random.next() < 0.6;
    // Those that share a cache with others that give nothing may have nothing for that.
    const isAmongOthers = !isGiving || random.next() < 0.5;
    const gives = random.one(/** @type {const} */ (['accessToken', 'idToken']));
    const how = random.one(Object.values(isGiving ? GIVES : GIVES_NOTHING));
    const tokens = noted(round.number, PROVIDERS[gives](round, how, isAmongOthers));
    const kind = isAmongOthers ? `${gives}, also of functions that fail` : gives;
    const place = gives === 'accessToken' ? 'people' : 'federated';
    const may = isAmongOthers ? ['IDENTITY_UNAVAILABLE', 'TIMEOUT'] : [];
    const timeoutMs = isGiving || random.next() < 0.1 ? 9000 : 300;
    for (let callers = random.between(1, 5); callers > 0; callers -= 1) {
      calls.make({ kind, place, may, limitMs: timeoutMs }, () =>
        tokens.getCredential({ timeoutMs }),
      );
    }
    await pause(100);
  }
}

const PROVIDERS = {
  /** @param {Round} round @param {Give} how @param {boolean} isAmongOthers @returns {Tokens} */
  accessToken({ places: { people } }, how, isAmongOthers) {
    /** @type {Tokens} */
    const tokens = createLakebaseTokens({
      host: people.DATABRICKS_HOST,
      endpoint: people.LAKEBASE_ENDPOINT,
      identity: {
        accessToken: () => how(String(people.DATABRICKS_TOKEN), () => tokens),
        name: isAmongOthers ? 'others' : undefined,
      },
    });
    return tokens;
  },

  /** @param {Round} round @param {Give} how @param {boolean} isAmongOthers @returns {Tokens} */
  idToken({ places: { federated }, idToken }, how, isAmongOthers) {
    /** @type {Tokens} */
    const tokens = createLakebaseTokens({
      host: federated.DATABRICKS_HOST,
      endpoint: federated.LAKEBASE_ENDPOINT,
      identity: {
        clientId: federated.DATABRICKS_CLIENT_ID,
        idToken: () => how(idToken, () => tokens),
        // All that is the same of one client id shares a cache.
        audience: isAmongOthers ? 'others' : undefined,
      },
    });
    return tokens;
  },
};
