// Publishes what the addon tells on the channels of node:diagnostics_channel that index.d.ts describes, and prints it
// under NODE_DEBUG=lakebase-token. Loaded once somebody listens.
'use strict';

const { channel, tracingChannel } =
  process.getBuiltinModule?.('node:diagnostics_channel') ?? require('node:diagnostics_channel');
const { debuglog } = process.getBuiltinModule?.('node:util') ?? require('node:util');

const channels = {
  fetch: tracingChannel('lakebase-token:fetch'),
  wait: tracingChannel('lakebase-token:wait'),
};
const debug = debuglog('lakebase-token');

/** @type {import('./addon.d.ts').Telemetry} */
module.exports = {
  begin(kind, context) {
    // In the stack of the call, so that a subscriber sees the request that is served.
    channels[kind].start.runStores(context, () => {});
    channels[kind].end.publish(context);
    print(kind, context);
  },

  end(kind, context, rest) {
    Object.assign(context, rest);
    const { error, asyncStart, asyncEnd } = channels[kind];
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
 * @param {string} what
 * @param {object} told
 */
function print(what, told) {
  if (debug.enabled) debug(require('./debug_line.js').debugLine(what, told));
}
