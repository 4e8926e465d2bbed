import { createLakebasePool } from '@databricks/lakebase';

export const pool = createLakebasePool({ max: 4, idleTimeoutMillis: 30_000 });
