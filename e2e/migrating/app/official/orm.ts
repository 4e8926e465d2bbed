import { getLakebaseOrmConfig } from '@databricks/lakebase';
import { DataSource } from 'typeorm';

export const config = getLakebaseOrmConfig({ max: 2 });

export const orm = new DataSource({ type: 'postgres', ...config });
