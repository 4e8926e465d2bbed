// What must not be printed of LAKEBASE_TOKEN_STORE: the password of its URL, or where that is not plainly a
// URL all of it. Host and port are shown. Pure functions.
'use strict';

/**
 * @param {Record<string, string | undefined>} env
 * @returns {string[]}
 */
exports.storeSecrets = function storeSecrets(env) {
  const said = env.LAKEBASE_TOKEN_STORE?.trim() ?? '';
  // The name of the variable that holds the URL; or else a secret, in the wrong place.
  const named = said.includes('://') ? said : env[said];
  const text = (typeof named === 'string' && named.trim()) || said;
  const { user = '', password = '' } = URL_OF_A_STORE.exec(text)?.groups ?? {};
  if (!URL_OF_A_STORE.test(text)) return [text, hostIn(text)];
  // Some have their only secret where the user stands.
  const secret = password || user;
  return [secret, withoutPercent(secret)];
};

/**
 * What the core takes for the host, which may be half a password.
 * @param {string} text
 */
function hostIn(text) {
  try {
    return new URL(text).hostname;
  } catch {
    return '';
  }
}

/** @param {string} text */
function withoutPercent(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** Read so strictly that no other parser sees another host in it. */
const URL_OF_A_STORE =
  /^rediss?:\/\/((?<user>[^\s:/?#@\\]*)(:(?<password>[^\s:/?#@\\]*))?@)?(\w([\w.-]*\w)?\.?|\[[\da-f:.]+\])(:\d{1,5})?(\/\d*)?$/i;
