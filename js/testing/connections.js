// The connections of the emulator, which can be ended from its side.
'use strict';

/** @typedef {import('node:net').Socket} Socket */

/**
 * Every open connection by its other end's port; of https the one below TLS: it can be reset.
 * @param {import('node:net').Server} server
 */
function openSockets(server) {
  /** @type {Map<number | undefined, Socket>} */
  const sockets = new Map();
  server.on('connection', (/** @type {Socket} */ socket) => {
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
  });
  return sockets;
}

/**
 * Ends a connection with RST alone; `resetAndDestroy` sends FIN first, which is another fault.
 * @param {Socket & { resetAndClosing?: boolean }} socket the property is Node's own
 */
function resetConnection(socket) {
  socket.resetAndClosing = true;
  socket.destroy();
}

module.exports = { openSockets, resetConnection };
