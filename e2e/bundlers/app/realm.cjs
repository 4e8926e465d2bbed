// What a test of an app may expect of the package: that it is of the realm that the test runs in.
const { equal, ok } = require('node:assert/strict');

/**
 * @param {typeof import('lakebase-token')} tokens
 * @param {typeof import('lakebase-token/testing')} testing
 */
module.exports = async function isOfThisRealm(tokens, { startWorkspaceEmulator }) {
  const workspace = await startWorkspaceEmulator();
  Object.assign(process.env, workspace.env);
  try {
    await hasPromisesOfItsOwn(tokens);
    await hasDatesOfItsOwn(tokens);
    await hasErrorsOfItsOwn(tokens, workspace);
  } finally {
    await workspace.close();
  }
};

async function hasPromisesOfItsOwn({ getLakebasePostgresToken }) {
  const [first, second] = [getLakebasePostgresToken(), getLakebasePostgresToken()];
  ok(first instanceof Promise, 'a promise');
  equal(first, second, 'callers share a promise while it is pending');
  const token = await first;
  const hit = getLakebasePostgresToken();
  ok(hit instanceof Promise, 'a promise of a hit');
  equal(getLakebasePostgresToken(), hit, 'a hit is the same promise again');
  equal(await hit, token);
}

async function hasDatesOfItsOwn({ getLakebaseCredential, getLakebaseTokenStatus }) {
  const call = getLakebaseCredential();
  ok(call instanceof Promise, 'a promise of a credential');
  const credential = await call;
  ok(credential instanceof Object, 'a credential');
  ok(credential.expiresAt instanceof Date, 'its expiry');
  const { token } = getLakebaseTokenStatus();
  for (const date of Object.values(token)) ok(date instanceof Date, 'a date of the status');
  equal(token.expiresAt.getTime(), credential.expiresAt.getTime());
}

async function hasErrorsOfItsOwn(tokens, workspace) {
  workspace.answer('postgresToken', 'notFound');
  tokens.invalidateLakebasePostgresToken(workspace.issuedTokens[0].token);
  const error = await tokens.getLakebasePostgresToken().then(ok, (reason) => reason);
  const { lastFailure } = tokens.getLakebaseTokenStatus();
  for (const one of [error, lastFailure.error]) {
    ok(one instanceof Error, 'an error');
    const { name, code, retryable, status, errorCode } = one;
    equal(
      [name, code, retryable, status, errorCode].join(),
      'LakebaseTokenError,ERR_LAKEBASE_NOT_FOUND,false,404,NOT_FOUND',
    );
    equal(Object.keys(one).includes('message'), false);
    equal(String(one), `LakebaseTokenError: ${one.message}`);
  }
  ok(lastFailure.at instanceof Date, 'its moment');
  const reason = { text: "the caller's own" };
  const aborted = tokens.getLakebaseCredential({ signal: AbortSignal.abort(reason) });
  equal(await aborted.then(ok, (thrown) => thrown), reason);
}
