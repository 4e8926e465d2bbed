// An app with one driver: outage.mjs tells it what to do, and when.
import { getLakebasePostgresToken, invalidateLakebasePostgresToken } from 'lakebase-token';
import { until } from '../../support/until.mjs';
import { causes } from './causes.mjs';

const [, , file, address] = process.argv;
const { connect } = await import(file);
let connected;

const tasks = {
  async connect() {
    // A login to this Postgres begins with a token in hand: see support/postgres/login_gate.js.
    await getLakebasePostgresToken();
    connected = await connect(JSON.parse(address));
    await connected.query('SELECT 1');
  },

  async forgetTheToken() {
    invalidateLakebasePostgresToken(await getLakebasePostgresToken());
  },

  /** Many queries, one after the other and at once, all of which need a new connection. */
  async queryInVain() {
    await until(() => sockets() === 0);
    const reasons = new Set();
    const query = () =>
      connected.query('SELECT 1').then(
        () => reasons.add('a row'),
        (error) => reasons.add(causes(error)),
      );
    for (let queries = 0; queries < MANY; queries += 1) await query();
    await Promise.all(Array.from({ length: MANY }, query));
    return { reasons: [...reasons], mostSockets };
  },

  async queryUntilThereIsARow() {
    await until(() => connected.query('SELECT 1').then(Boolean, () => false));
    return { mostSockets };
  },
};

let mostSockets = 0;
// Between two timers: one that is being closed is listed until then.
setInterval(() => {
  mostSockets = Math.max(mostSockets, sockets());
}, 1).unref();

process.on('message', async (task) => {
  process.send(
    await tasks[task]().then(
      (seen) => ({ done: seen ?? true }),
      (error) => ({ error: causes(error) }),
    ),
  );
});

process.once('SIGTERM', async () => {
  process.disconnect();
  await connected.close();
});

/** All of them go to Postgres: those to the workspace are none of Node's. */
function sockets() {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** Twice as many are more than Postgres admits. */
const MANY = 60;
