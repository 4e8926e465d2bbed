import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Set by `npx lakebase-token exec -- prisma migrate deploy`.
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
