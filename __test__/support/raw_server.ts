import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Step as AnyStep } from 'lakebase-token/testing';

/** The steps to a token. */
export type Step = Exclude<AnyStep, 'lookUp' | 'idToken'>;

const { forgetTokens } = require('lakebase-token/native') as { forgetTokens(url: string): void };

/** What a raw server does to a request it has read: these bytes, or whatever it likes. */
export type Reply = string | Uint8Array | ((socket: Socket) => void);

export interface RawServer extends AsyncDisposable {
  readonly url: string;
  /** Client credentials that nobody checks. */
  readonly env: Readonly<Record<string, string>>;
  /** The path of every request so far. */
  readonly paths: readonly string[];
}

/**
 * A server that answers in bytes, for what no HTTP server would send. The first `times` requests of
 * `step` meet `reply`; all others get `good`.
 */
export async function startRawServer(
  step: Step,
  reply: Reply,
  times = Number.POSITIVE_INFINITY,
): Promise<RawServer> {
  const paths: string[] = [];
  let left = times;
  return listen((socket) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
      for (let end = endOfRequest(text); end !== undefined; end = endOfRequest(text)) {
        const path = text.split(' ')[1] ?? '';
        text = text.slice(end);
        paths.push(path);
        const asked = STEPS[path];
        if (asked === undefined) {
          socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
        } else if (asked === step && left-- > 0) {
          send(socket, reply);
        } else {
          send(socket, ok(good[asked]));
        }
      }
    });
  }, paths);
}

/** A server that does `onConnection` to every connection, and reads nothing by itself. */
export async function listen(
  onConnection: (socket: Socket) => void,
  paths: readonly string[] = [],
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    DATABRICKS_HOST: url,
    LAKEBASE_ENDPOINT: 'projects/test-project/branches/main/endpoints/primary',
    // Random: a port that served an earlier test must not find its tokens in the cache.
    DATABRICKS_CLIENT_ID: randomUUID(),
    DATABRICKS_CLIENT_SECRET: `client-secret-${randomUUID()}`,
  };
  const close = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
    // As the emulator does: other files of this process must not find its tokens.
    forgetTokens(url);
  };
  return { url, env, paths, [Symbol.asyncDispose]: close };
}

/** An answer with success, as a workspace frames it. */
export function ok(body: string, headers = ''): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

/** The bodies that a client can use. */
export const good: Readonly<Record<Step, string>> = {
  accessToken: '{"access_token":"access-token-1-raw","token_type":"Bearer","expires_in":3600}',
  postgresToken: '{"token":"postgres-token-1-raw","expire_time":"2099-12-31T00:00:00Z"}',
};

const STEPS: Readonly<Record<string, Step>> = {
  '/oidc/v1/token': 'accessToken',
  '/api/2.0/postgres/credentials': 'postgresToken',
};

function send(socket: Socket, reply: Reply) {
  if (typeof reply === 'function') {
    reply(socket);
  } else {
    socket.write(reply);
  }
}

/** Where the first request in `text` ends, once all of it is there. */
function endOfRequest(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return undefined;
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1] ?? '0';
  const end = head + 4 + Number(length);
  return text.length >= end ? end : undefined;
}
