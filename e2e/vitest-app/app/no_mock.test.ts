// Without a mock the package is the real one: what the others see is the mock's doing.
import { expect, test } from 'vitest';
import { connection } from './connection.js';

test('no token without a workspace', async () => {
  await expect(connection.password()).rejects.toMatchObject({
    code: 'ERR_LAKEBASE_CONFIG_MISSING',
  });
});
