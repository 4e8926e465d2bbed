// The package without an addon: every function fails with the reason.
'use strict';

/** @param {import('lakebase-token').LakebaseTokenError} error */
exports.unavailable = function unavailable(error) {
  const refuse = () => Promise.reject(error);
  const tokens = {
    hit: () => undefined,
    token: refuse,
    credential: refuse,
    invalidate: () => false,
    inspect: () => ({ error }),
    status: () => ({
      isFetching: false,
      tokens: 0,
      failures: 0,
      rejections: 0,
      fallbacks: 0,
      lastFailure: { at: new Date(), error },
    }),
  };
  return { ...tokens, provider: () => ({ ...tokens, host: refuse }) };
};
