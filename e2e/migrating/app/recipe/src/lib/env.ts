import { z } from 'zod';

const baseSchema = z.object({
  DATABRICKS_HOST: z.string().min(1),
  LAKEBASE_ENDPOINT: z.string().min(1),
  PGHOST: z.string().min(1),
  PGPORT: z.coerce.number().default(5432),
  PGDATABASE: z.string().min(1),
  PGUSER: z.string().min(1),
  PGSSLMODE: z.enum(['require', 'prefer', 'disable']).default('require'),
  DATABRICKS_TOKEN: z.string().optional(),
  DATABRICKS_CLIENT_ID: z.string().optional(),
  DATABRICKS_CLIENT_SECRET: z.string().optional(),
});

type Env = z.infer<typeof baseSchema>;

function validateAuth(env: Env): Env {
  const isPrincipal = env.DATABRICKS_CLIENT_ID && env.DATABRICKS_CLIENT_SECRET;
  if (!env.DATABRICKS_TOKEN && !isPrincipal) throw new Error('There is no identity.');
  return env;
}

export const env = validateAuth(baseSchema.parse(process.env));
