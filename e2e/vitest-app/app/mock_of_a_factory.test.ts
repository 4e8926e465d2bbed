import { expect, test, vi } from 'vitest';
import { connection } from './connection.js';

vi.mock('lakebase-token', () => ({ getLakebasePostgresToken: async () => 'token-1' }));

test('a token of a factory', async () => {
  expect(await connection.password()).toBe('token-1');
});
