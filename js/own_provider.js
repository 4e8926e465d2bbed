// A provider of the addon's, as the facade calls it.
'use strict';

const { credential } = require('./credential.js');

/**
 * @param {import('./addon.d.ts').Addon} addon
 * @param {import('./addon.d.ts').ProviderOptions} options
 * @returns {import('./addon.d.ts').ProviderTokens}
 */
exports.ownProvider = function ownProvider(addon, { giver, ...options }) {
  const provider = addon.provider(options);
  // Called on the object, which has to be there as long as its functions are called.
  const { token, beginCredential } = provider;
  const caller = giver && require('./caller.js').callerWith(addon, giver);
  const begin = {
    /** @type {import('./addon.d.ts').Addon['beginCredential']} */
    beginCredential: (env, timeoutMs, minLifetimeMs) =>
      beginCredential.call(provider, env, timeoutMs, minLifetimeMs, caller),
    abandonWaiter: addon.abandonWaiter,
  };
  return Object.assign(provider, {
    /** @type {import('./addon.d.ts').ProviderTokens['token']} */
    token: (env) => token.call(provider, env, caller),
    /** @type {import('./addon.d.ts').ProviderTokens['credential']} */
    credential: (env, given) => credential(begin, env, given),
  });
};
