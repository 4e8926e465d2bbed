import { createLakebasePool } from '@databricks/lakebase';

export const pool = createLakebasePool();
