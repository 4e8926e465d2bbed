// Every behaviour, as a list.
import { bodies } from './bodies.mjs';
import { floods } from './floods.mjs';
import { framing } from './framing.mjs';
import { heads } from './heads.mjs';
import { proxies } from './proxies.mjs';
import { slow } from './slow.mjs';
import { tls } from './tls.mjs';

/**
 * @typedef {Uint8Array | string | ((request: Request, socket: import('node:net').Socket) => unknown)} Reply
 *   what is sent, or a function that returns it or sends it by itself
 * @typedef {{ step: string, path: string, authorization: string }} Request
 * @typedef {{
 *   name: string,
 *   server: 'http' | 'tls' | 'proxy',
 *   step: 'accessToken' | 'postgresToken' | 'tunnel'    which request meets it; all others are answered well
 *   reply?: Reply,
 *   first?: Reply,                     what the first request gets, if that is the other one
 *   connect?(socket): void,            when somebody has connected, after a handshake if there is one
 *   hello?(socket): void,              instead of a handshake
 *   secure?: object,                   how to make a handshake
 *   isFlood: boolean,
 * }} Behaviour
 */

const HTTP_STEPS = { accessToken: 'the token endpoint', postgresToken: 'the credentials call' };

/** @type {Behaviour[]} */
export const behaviours = [
  ...atBothRequests('framing', framing),
  ...atBothRequests('heads', heads),
  ...atBothRequests('bodies', bodies),
  ...atBothRequests('slow', slow),
  ...atBothRequests('floods', floods),
  ...listed('tls', tls).map((behaviour) => ({ ...behaviour, server: 'tls', step: 'accessToken' })),
  ...listed('proxies', proxies).map((behaviour) => ({
    ...behaviour,
    server: 'proxy',
    step: 'tunnel',
  })),
];

/** A workspace that means well. */
export const healthy = { name: 'healthy', server: 'http', step: 'none', isFlood: false };

export function behaviourNamed(wanted) {
  const found = [healthy, ...behaviours].find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`There is no behaviour ${wanted}.`);
  return found;
}

function atBothRequests(family, table) {
  return listed(family, table).flatMap((behaviour) =>
    Object.keys(HTTP_STEPS)
      .filter((step) => (behaviour.only ?? step) === step)
      .map((step) => ({
        ...behaviour,
        name: `${behaviour.name}, at ${HTTP_STEPS[step]}`,
        server: 'http',
        step,
      })),
  );
}

function listed(family, table) {
  return Object.entries(table).map(([name, told]) => {
    const isReply = typeof told !== 'object' || Buffer.isBuffer(told);
    return { isFlood: false, ...(isReply ? { reply: told } : told), name: `${family}: ${name}` };
  });
}
