import { getLakebasePostgresToken } from 'lakebase-token';

export const connection = { user: 'app', password: getLakebasePostgresToken };
