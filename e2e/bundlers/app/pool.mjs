// Prints what comes of a pool, too, whose pg is the one that is here.
import './program.mjs';
import { getLakebasePgConfig, getLakebasePool } from 'lakebase-token/pg';
import { Pool } from 'pg';

const address = { host: 'postgres.test', user: 'app' };
const isOfOwnPg = getLakebasePool(address) instanceof Pool;
const token = getLakebasePgConfig(address).password();
token
  .catch(({ code }) => code)
  .then((password) => console.log(JSON.stringify({ pool: { isOfOwnPg, password } })));
