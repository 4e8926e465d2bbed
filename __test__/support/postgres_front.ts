import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

const KEYS = path.join(__dirname, '../../support/tls');
const key = readFileSync(path.join(KEYS, 'test-only-server.key'));
const cert = readFileSync(path.join(KEYS, 'test-only-server.pem'));

/** What a connection meets: Postgres itself; one that starts; one that hangs up, or never answers. */
export type Meets = 'postgres' | 'starting' | 'hang-up' | 'silence';

/** Stands in front of a Postgres, and lets nobody through while `meets` says so. */
export async function startFront(port: number) {
  const sockets = new Set<Socket>();
  const front = { meets: [] as Meets[], port: 0, connections: 0 };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    front.connections += 1;
    const meets = front.meets.shift() ?? 'postgres';
    if (meets === 'postgres') {
      const behind = connect(port, '127.0.0.1').on('error', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
      socket.on('close', () => behind.destroy());
    } else if (meets === 'hang-up') socket.once('data', () => socket.destroy());
    else if (meets === 'starting') start(socket);
  });
  const listen = async () => {
    await once(server.listen(front.port, '127.0.0.1'), 'listening');
    front.port = (server.address() as AddressInfo).port;
  };
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  await listen();
  onTestFinished(close);
  return Object.assign(front, { listen, close });
}

/** https://www.postgresql.org/docs/current/protocol-flow.html: a request for TLS, then the startup message. */
function start(socket: Socket) {
  socket.once('data', () => {
    socket.write('S');
    const secure = new TLSSocket(socket, { isServer: true, key, cert });
    secure.on('error', () => {});
    const fields = ['SFATAL', 'VFATAL', 'C57P03', 'Mthe database system is starting up', ''];
    const body = Buffer.from(fields.map((field) => `${field}\0`).join(''));
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    secure.once('data', () => secure.end(Buffer.concat([Buffer.from('E'), length, body])));
  });
}
