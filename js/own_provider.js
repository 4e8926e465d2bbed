// A provider of the addon's, as the facade calls it.
'use strict';

const { credential } = require('./credential.js');

/**
 * @param {import('./addon.d.ts').Addon} addon
 * @param {import('./addon.d.ts').ProviderOptions} options
 * @returns {import('./addon.d.ts').ProviderTokens}
 */
exports.ownProvider = function ownProvider(addon, options) {
  const provider = addon.provider(options);
  const begin = {
    // Called on the object, which has to be there as long as its functions are called.
    /** @type {import('./addon.d.ts').Addon['beginCredential']} */
    beginCredential: (...given) => provider.beginCredential(...given),
    abandonWaiter: addon.abandonWaiter,
  };
  return Object.assign(provider, {
    /** @type {import('./addon.d.ts').ProviderTokens['credential']} */
    credential: (env, given) => credential(begin, env, given),
  });
};
