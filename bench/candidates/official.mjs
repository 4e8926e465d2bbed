// `@databricks/lakebase`: the function that its pool is given as `password`. Importing it imports
// `pg` as well, which an application that uses Postgres pays for once anyway.
import { getLakebasePgConfig } from '@databricks/lakebase';

// Nobody connects to this host; without one it gives no configuration. Its log is its default: none.
const { password } = getLakebasePgConfig({ host: 'postgres.test', database: 'test', user: 'app' });

export const getLakebasePostgresToken = password;
