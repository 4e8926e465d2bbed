import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { onTestFinished } from 'vitest';

export interface TestProxy {
  /** `http://127.0.0.1:…`, without credentials. */
  readonly url: string;
  /** What was asked for: the authority of every CONNECT, and the credentials that came with it. */
  readonly tunnels: { authority: string; credentials: string | undefined }[];
}

/** A proxy that leads every tunnel to `port` of this machine, for who knows the credentials. */
export async function startProxy(port: number, credentials?: string): Promise<TestProxy> {
  const tunnels: TestProxy['tunnels'] = [];
  const proxy = createServer((_request, response) => response.writeHead(405).end());
  proxy.on('connect', (request, client) => {
    const [, encoded] = request.headers['proxy-authorization']?.split(' ') ?? [];
    const given = encoded && Buffer.from(encoded, 'base64').toString();
    tunnels.push({ authority: String(request.url), credentials: given });
    client.on('error', () => {});
    if (given !== credentials) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const server = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    server.on('error', () => client.destroy());
    client.on('close', () => server.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, tunnels };
}
