/** @jest-environment jsdom */
const tokens = require('lakebase-token');

test('packages are resolved as for a browser, and a call says what to do about it', async () => {
  const error = await tokens.getLakebasePostgresToken().catch((reason) => reason);
  expect(error).toBeInstanceOf(Error);
  expect(error.code).toBe('ERR_LAKEBASE_RUNTIME_UNSUPPORTED');
  expect(error.message).toContain('@jest-environment node');
  await expect(tokens.getLakebaseCredential()).rejects.toBe(error);
  expect(tokens.getLakebaseTokenStatus().lastFailure.error).toBe(error);
  expect(tokens.invalidateLakebasePostgresToken('token-1')).toBe(false);
});
