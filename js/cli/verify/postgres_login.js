// A login with postgres.
'use strict';

const { once } = require('node:events');
const net = require('node:net');
const { APPLICATION, QUESTION } = require('./question.js');

/**
 * @typedef {import('./drivers.js').Greeting} Greeting
 * @typedef {net.Socket & { host?: string }} Socket postgres asks it for the name on the certificate
 * @typedef {{ host: string[], port: number[], path?: string | false }} Places
 *
 * @param {import('postgres') & { default?: import('postgres') }} library
 * @param {import('./drivers.js').Login} login
 * @returns {import('./drivers.js').Attempt}
 */
function withPostgres(library, login) {
  const postgres = library.default ?? library;
  const connections = oneConnection();
  const sql = postgres({
    ...login,
    max: 1,
    fetch_types: false,
    connection: { application_name: APPLICATION },
    onnotice() {},
    // Not in its types.
    .../** @type {object} */ ({ socket: connections.next }),
  });
  const asked = /** @type {Promise<unknown>} */ (sql.unsafe(QUESTION));
  const greeting = asked.then((rows) => /** @type {[Greeting]} */ (rows)[0]);
  return {
    greeting: Promise.race([greeting, connections.failure]),
    close: () => sql.end({ timeout: 1 }),
    destroy() {
      connections.letGo();
      sql.end({ timeout: 0 }).catch(() => {});
    },
  };
}

/**
 * postgres connects again at once, and without end, when a server closes a connection in good order
 * before the login (https://github.com/porsager/postgres/issues/1193), and with several hosts it tells
 * nobody of an error (1188). So it gets one connection, and whatever fails is told here.
 */
function oneConnection() {
  /** @type {Socket[]} */
  const opened = [];
  let isTaken = false;
  /** @type {(error: unknown) => void} */
  let fail = () => {};
  /** @type {Promise<never>} */
  const failure = new Promise((_, reject) => {
    fail = reject;
  });
  failure.catch(() => {});
  return {
    failure,
    async next(/** @type {Places} */ places) {
      try {
        if (isTaken) throw closed();
        isTaken = true;
        return await connectTo(places, opened);
      } catch (error) {
        fail(error);
        throw error;
      }
    },
    // Not destroyed: postgres may still write, and then nobody would listen to the error.
    letGo() {
      for (const socket of opened) socket.unref();
    },
  };
}

function closed() {
  return Object.assign(new Error('The server closes the connection before the login'), {
    code: 'CONNECTION_CLOSED',
  });
}

/**
 * To the first host that accepts it.
 * @param {Places} places
 * @param {Socket[]} opened gets every socket
 * @returns {Promise<Socket>}
 */
async function connectTo({ host: hosts, port: ports, path }, opened) {
  const places = path
    ? [{ path }]
    : hosts.map((host, index) => ({ host, port: Number(ports[index]) }));
  let failed;
  for (const place of places) {
    const socket = net.connect(/** @type {net.NetConnectOpts} */ (place));
    opened.push(socket);
    try {
      await once(socket, 'connect');
      return Object.assign(socket, place);
    } catch (error) {
      failed = error;
    }
  }
  throw failed;
}

module.exports = { withPostgres };
