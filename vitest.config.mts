import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Every test runs in both pools: in threads the native state is shared between files.
    projects: (['forks', 'threads'] as const).map((pool) => ({
      extends: true,
      test: { name: pool, pool, include: ['__test__/**/*.test.ts'] },
    })),
  },
});
