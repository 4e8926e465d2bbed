import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/lib/db/schema.ts',
  out: './drizzle',
  // `npm run db:migrate` sets it: `lakebase-token exec` puts a fresh token into it.
  dbCredentials: { url: process.env.DATABASE_URL ?? '' },
});
