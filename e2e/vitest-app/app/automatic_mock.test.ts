// "`vi.mock('lakebase-token')` works as for any package." The environment names no workspace, so the
// package itself would refuse.
import { getLakebasePostgresToken } from 'lakebase-token';
import { expect, test, vi } from 'vitest';
import { connection } from './connection.js';

vi.mock('lakebase-token');

test('a mocked token', async () => {
  vi.mocked(getLakebasePostgresToken).mockResolvedValue('token-1');
  expect(await connection.password()).toBe('token-1');
});
