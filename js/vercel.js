// The ID tokens that Vercel gives to each request, and to builds and laptops by variables
// (https://vercel.com/docs/oidc). They are where `@vercel/oidc` reads them.
'use strict';

const { AsyncLocalStorage } =
  process.getBuiltinModule?.('node:async_hooks') ?? require('node:async_hooks');
const { readFileSync, statSync } = process.getBuiltinModule?.('node:fs') ?? require('node:fs');

/**
 * @param {import('./addon.d.ts').Addon} addon
 * @returns {import('./addon.d.ts').Caller}
 */
exports.vercel = function vercel(addon) {
  /** @type {import('./addon.d.ts').Caller['ask']} */
  const ask = (errand) => {
    const { brings, bringsNothing } = addon.tools();
    const { token, what, advice } = idToken();
    if (token) brings(errand, token, undefined);
    else bringsNothing(errand, what, advice, undefined, true);
  };
  return { ask, bound: () => AsyncLocalStorage.bind(ask), within: undefined };
};

/** That of the request that is served, or else of the file or the variable that `vercel env pull` writes. */
function idToken({ VERCEL_OIDC_TOKEN_FILE: file, VERCEL_OIDC_TOKEN: variable } = process.env) {
  const token = ofRequest() || (file && ofFile(file)) || variable?.trim();
  const what = file
    ? 'There is no ID token in the file of VERCEL_OIDC_TOKEN_FILE'
    : 'There is no request that Vercel gave an ID token (x-vercel-oidc-token), and VERCEL_OIDC_TOKEN is not set';
  const advice =
    'Ask for a token while a request is served, in a project whose OIDC federation is turned on; on a laptop run ' +
    '`vercel env pull`';
  return { token, what, advice };
}

function ofRequest() {
  try {
    const context = Reflect.get(globalThis, Symbol.for('@vercel/request-context'));
    const token = context?.get?.()?.headers?.['x-vercel-oidc-token'];
    return typeof token === 'string' ? token.trim() : undefined;
  } catch {
    return undefined; // Somebody else's.
  }
}

/** @param {string} file */
function ofFile(file) {
  try {
    // Reading anything else may never end.
    return statSync(file).isFile() ? readFileSync(file, 'utf8').trim() : undefined;
  } catch {
    return undefined;
  }
}
