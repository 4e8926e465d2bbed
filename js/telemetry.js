// Publishes what the addon tells on the channels of node:diagnostics_channel that index.d.ts describes, and prints it
// under NODE_DEBUG=lakebase-token. Loaded once somebody listens.
'use strict';

const { channel, tracingChannel } =
  process.getBuiltinModule?.('node:diagnostics_channel') ?? require('node:diagnostics_channel');
const { debuglog } = process.getBuiltinModule?.('node:util') ?? require('node:util');

const { debugLine } = require('./debug_line.js');

const debug = debuglog('lakebase-token');

/** @type {import('./addon.d.ts').Telemetry} */
module.exports = {
  begin(kind, context) {
    const { start, end } = channelsOf(kind);
    // In the stack of the call, so that a subscriber sees the request that is served.
    start.runStores(context, () => {});
    end.publish(context);
    print(kind, context);
  },

  end(kind, context, rest) {
    complete(context, rest);
    const { error, asyncStart, asyncEnd } = channelsOf(kind);
    // Whoever got the token of before has no error.
    if (context.error && context.outcome !== 'fallback') error.publish(context);
    asyncStart.publish(context);
    asyncEnd.publish(context);
    print(kind, context);
  },

  publish(name, message) {
    channel(name).publish(message);
    print(name, message);
  },
};

/**
 * Looked up each time: in Node 20 a name may go over to another channel, once one of that name has been let go.
 * @param {'fetch' | 'wait'} kind
 */
function channelsOf(kind) {
  return tracingChannel(`lakebase-token:${kind}`);
}

/**
 * Whatever a subscriber has done to it: the others hear of the end.
 * @param {object} context
 * @param {object} rest
 */
function complete(context, rest) {
  try {
    Object.assign(context, rest);
  } catch {
    // It is frozen.
  }
}

/**
 * In Bun the function alone knows whether it prints.
 * @param {string} what
 * @param {object} told
 */
function print(what, told) {
  if (debug.enabled === false) return;
  try {
    debug(debugLine(what, told));
  } catch {
    // There is nowhere to print it.
  }
}
