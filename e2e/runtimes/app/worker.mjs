import { parentPort } from 'node:worker_threads';
import { getLakebasePostgresToken } from 'lakebase-token';

const call = getLakebasePostgresToken().then(
  (token) => ({ token }),
  ({ code, message }) => ({ code, message }),
);
parentPort.postMessage('called');
parentPort.postMessage(await call);
