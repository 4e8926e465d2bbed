// Runs what lives as long as the process outside of the request that happens to be the first. From Node 24 on
// whatever has an async context keeps that of its making: the addon's channel would keep the whole request.
'use strict';

/**
 * @template T
 * @param {() => T} make
 * @returns {T}
 */
exports.outsideOfRequests = function outsideOfRequests(make) {
  const { AsyncResource } =
    process.getBuiltinModule?.('node:async_hooks') ?? require('node:async_hooks');
  const nowhere = new AsyncResource('lakebase-token:load');
  // There is no function for it. Where Node keeps the context elsewhere one day, it is kept as before.
  for (const key of Object.getOwnPropertySymbols(nowhere)) {
    if (typeof Reflect.get(nowhere, key) === 'object') Reflect.set(nowhere, key, undefined);
  }
  return nowhere.runInAsyncScope(make);
};
