import { getLakebasePgConfig } from '@databricks/lakebase';
import { Client } from 'pg';

export const config = getLakebasePgConfig({ statement_timeout: 5_000 });

/** A connection of its own, which notifications come on. */
export const listener = new Client(config);
