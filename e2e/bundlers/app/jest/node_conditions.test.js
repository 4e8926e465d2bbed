/**
 * @jest-environment jsdom
 * @jest-environment-options {"customExportConditions": ["node"]}
 */
const tokens = require('lakebase-token');

test('with the condition that the message names, jsdom gets the package itself', async () => {
  await expect(tokens.getLakebasePostgresToken()).rejects.toMatchObject({
    code: 'ERR_LAKEBASE_CONFIG_MISSING',
  });
});
