'use strict';

const { once } = require('node:events');
const net = require('node:net');

/** A port on loopback that nobody listens at. @returns {Promise<number>} */
exports.freePort = async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
};
