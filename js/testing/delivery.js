// The ways an answer arrives, or does not.
'use strict';

const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
// Taken at load: a test that fakes timers must not freeze the server.
const { setTimeout: sleep } = require('node:timers/promises');

/** Deliveries that cut the exchange before an answer exists. */
const cuts = {
  hang() {},
  close: ({ socket }) => socket.destroySoon(),
  reset: ({ reset }) => reset(),
};

/** Deliveries of a complete answer, headers and bytes; how much of it leaves is up to them. */
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

  resetMidBody({ response, reset }, { status, headers, body }) {
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.write(body.subarray(0, body.length / 2), () => reset());
  },

  // The answer, then white space: JSON that would parse, if only somebody read that much of it.
  async oversize({ response }, { status, headers, body }, { bytes = 10 * MIB }) {
    response.writeHead(status, headers);
    await pipeline(Readable.from(padded(body, bytes)), response);
  },
};

function* padded(body, bytes) {
  yield body;
  for (let left = bytes - body.length; left > 0; left -= MIB) {
    yield Buffer.alloc(Math.min(left, MIB), ' ');
  }
}

const MIB = 1024 * 1024;

module.exports = { cuts, deliveries, sleep };
