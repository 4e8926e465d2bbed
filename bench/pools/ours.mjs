import { getLakebasePool } from 'lakebase-token/pg';

export const pool = getLakebasePool();
