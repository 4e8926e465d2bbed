// What the package's functions do where no native addon can be had: every one of them says why.
'use strict';

/** @param {Error} error */
exports.unavailable = function unavailable(error) {
  const refuse = () => Promise.reject(error);
  return {
    getLakebasePostgresToken: refuse,
    getLakebaseCredential: refuse,
    invalidateLakebasePostgresToken: () => false,
    getLakebaseTokenStatus: () => ({
      isFetching: false,
      tokens: 0,
      failures: 0,
      lastFailure: { at: new Date(), error },
    }),
  };
};

exports.tokenError = function tokenError(code, message) {
  const error = new Error(message);
  return Object.assign(error, { name: 'LakebaseTokenError', code, retryable: false });
};
