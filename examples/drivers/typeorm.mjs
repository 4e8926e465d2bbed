import { getLakebasePostgresToken } from 'lakebase-token';
import { DataSource } from 'typeorm';

export async function connect({ user, ...address }) {
  const dataSource = new DataSource({
    type: 'postgres',
    ...address,
    username: user,
    password: getLakebasePostgresToken,
  });
  await dataSource.initialize();

  return {
    query: (sql) => dataSource.query(sql),
    close: () => dataSource.destroy(),
  };
}
