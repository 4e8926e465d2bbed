// One of the worker threads of calls.mjs.
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { callsOf } from '../calls.mjs';

const { getLakebasePostgresToken } = await import(workerData.candidate);
const calls = await callsOf(getLakebasePostgresToken);
parentPort.postMessage('ready');
await once(parentPort, 'message');
parentPort.postMessage(await calls.measure(workerData.seconds));
