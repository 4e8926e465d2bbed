import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './schema.ts',
  out: './migrations',
  // Set by `npx lakebase-token exec -- drizzle-kit migrate`.
  dbCredentials: { url: process.env.DATABASE_URL ?? '' },
});
