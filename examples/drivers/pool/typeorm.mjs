import { getLakebasePgConfig } from 'lakebase-token/pg';
import { DataSource } from 'typeorm';

export async function connect(address) {
  const dataSource = new DataSource({ type: 'postgres', ...getLakebasePgConfig(address) });
  await dataSource.initialize();

  return {
    query: (sql) => dataSource.query(sql),
    close: () => dataSource.destroy(),
  };
}
