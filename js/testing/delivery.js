// The ways an answer arrives, or does not.
'use strict';

const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
// Taken at load: a test that fakes timers must not freeze the server.
const { setTimeout: sleep } = require('node:timers/promises');

/**
 * @typedef {import('lakebase-token/testing').Delivery} Delivery
 * @typedef {import('lakebase-token/testing').Fault} Fault
 * @typedef {import('lakebase-token/testing').RecordedRequest} RecordedRequest
 *
 * A request with what answers it.
 * @typedef {object} Exchange
 * @property {{ -readonly [name in keyof RecordedRequest]: RecordedRequest[name] }} record
 * @property {Fault | undefined} fault
 * @property {AbortSignal} signal aborts when the connection closes
 * @property {import('node:http').ServerResponse} response
 * @property {import('node:net').Socket} socket
 * @property {() => void} reset
 *
 * @typedef {{ status: number, headers: Record<string, string>, body: Buffer }} CompleteAnswer
 */

/** Deliveries that cut the exchange before an answer exists. */
const cuts = {
  hang() {},
  close: (/** @type {Exchange} */ { socket }) => socket.destroySoon(),
  reset: (/** @type {Exchange} */ { reset }) => reset(),
};

/**
 * @param {Delivery} delivery
 * @returns {delivery is keyof typeof cuts}
 */
function isCut(delivery) {
  return Object.hasOwn(cuts, delivery);
}

/**
 * Deliveries of a complete answer, headers and bytes; how much of it leaves is up to them.
 * @type {Record<Exclude<Delivery, keyof typeof cuts>,
 *   (exchange: Exchange, answer: CompleteAnswer, fault: Fault) => void | Promise<void>>}
 */
const deliveries = {
  whole({ response }, { status, headers, body }) {
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.end(body);
  },

  async drip({ response, signal }, { status, headers, body }, { everyMs = 1000 }) {
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.flushHeaders();
    for (const byte of body) {
      await sleep(everyMs, undefined, { signal });
      response.write(Buffer.of(byte));
    }
    response.end();
  },

  // All of the body arrives and would parse: only the announced length tells that it is not whole.
  truncate({ response, socket }, { status, headers, body }) {
    response.writeHead(status, { ...headers, 'content-length': body.length + 1 });
    response.write(body, () => socket.destroySoon());
  },

  async resetMidBody({ response, reset, signal }, { status, headers, body }) {
    response.writeHead(status, { ...headers, 'content-length': body.length });
    await new Promise((written) => response.write(body.subarray(0, body.length / 2), written));
    // Windows throws away what has come and is not read yet.
    if (process.platform === 'win32') await sleep(100, undefined, { signal });
    reset();
  },

  // The answer, then white space: JSON that would parse, for a client that read all of it.
  async oversize({ response }, { status, headers, body }, { bytes = 10 * MIB }) {
    response.writeHead(status, headers);
    await pipeline(Readable.from(padded(body, bytes)), response);
  },
};

/** @param {Buffer} body @param {number} bytes */
function* padded(body, bytes) {
  yield body;
  for (let left = bytes - body.length; left > 0; left -= MIB) {
    yield Buffer.alloc(Math.min(left, MIB), ' ');
  }
}

const MIB = 1024 * 1024;

module.exports = { cuts, deliveries, isCut, sleep };
