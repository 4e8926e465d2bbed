export { getLakebasePostgresToken } from 'lakebase-token';
