import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

const KEYS = path.join(__dirname, '../../support/tls');
const key = readFileSync(path.join(KEYS, 'test-only-server.key'));
const cert = readFileSync(path.join(KEYS, 'test-only-server.pem'));

/** Signs the certificate of every scripted Postgres. */
export const SCRIPTED_POSTGRES_CA = path.join(KEYS, 'test-only-ca.pem');

/** What it says to a login: an error, or that it is welcome and who it is. */
export type Script = { code: string; message: string } | { version: string; role: string };

/**
 * A Postgres that says what no real one would. `script` gets the password.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export async function startScriptedPostgres(script: (password: string) => Script): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    // The request for TLS, eight bytes.
    socket.once('data', () => {
      socket.write('S');
      const secure = new TLSSocket(socket, { isServer: true, key, cert });
      secure.on('error', () => {});
      secure.once('data', () => converse(secure, script));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function converse(client: Socket, script: (password: string) => Script) {
  let said: Script | undefined;
  client.write(message('R', int32(3)));
  client.on('data', (data) => {
    const kind = String.fromCharCode(data[0] ?? 0);
    if (kind === 'p') {
      said = script(data.subarray(5, -1).toString());
      if ('code' in said) {
        client.end(
          message('E', fields(`SFATAL`, `VFATAL`, `C${said.code}`, `M${said.message}`, '')),
        );
      } else {
        client.write(Buffer.concat([message('R', int32(0)), message('Z', Buffer.from('I'))]));
      }
    } else if (kind === 'Q' && said && 'version' in said) {
      client.write(table({ one: '1', role: said.role, version: said.version }));
    }
  });
}

function table(row: Record<string, string>): Buffer {
  const names = Object.keys(row).map((name) =>
    Buffer.concat([
      fields(name),
      Buffer.alloc(6),
      int32(25),
      Buffer.from([255, 255]),
      int32(-1),
      int16(0),
    ]),
  );
  const values = Object.values(row).map((value) =>
    Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]),
  );
  return Buffer.concat([
    message('T', int16(names.length), ...names),
    message('D', int16(values.length), ...values),
    message('C', fields('SELECT 1')),
    message('Z', Buffer.from('I')),
  ]);
}

function message(kind: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(kind), int32(body.length + 4), body]);
}

function fields(...texts: string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\0`).join(''));
}

function int16(number: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(number);
  return bytes;
}

function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}
