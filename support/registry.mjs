// An npm registry on loopback: it takes what `npm publish` sends, and asks the registry that this machine
// uses for any other package. Who installs from it needs no way out of this machine.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

/**
 * What `npm publish` sends of a package.
 * @typedef {{ name: string, _attachments: Record<string, { data: string }> }} Publication
 * @typedef {Awaited<ReturnType<typeof startRegistry>>} Registry
 *
 * @param {string} upstream
 */
export async function startRegistry(upstream) {
  /** @type {Map<string, object>} */
  const packages = new Map();
  /** @type {Map<string, Buffer>} */
  const files = new Map();

  const server = createServer(async (request, response) => {
    const url = request.url ?? '';
    const path = decodeURIComponent(new URL(url, 'http://registry').pathname).slice(1);
    if (request.method !== 'PUT' && !OURS.test(path)) {
      return relay(new URL(url, upstream), request, response);
    }
    // The next registry may have the same port.
    response.setHeader('cache-control', 'no-store');
    if (request.method === 'PUT') {
      publish(/** @type {Publication} */ (await json(request)));
      response.writeHead(201).end('{}');
    } else if (files.has(path)) {
      response.end(files.get(path));
    } else if (packages.has(path)) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(packages.get(path)));
    } else {
      response.writeHead(404).end('{}');
    }
  });

  /** @param {Publication} publication */
  function publish({ _attachments: attachments, ...description }) {
    packages.set(description.name, description);
    for (const [name, { data }] of Object.entries(attachments)) {
      files.set(`${description.name}/-/${name}`, Buffer.from(data, 'base64'));
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    publish,
    has: (/** @type {string} */ name) => packages.has(name),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * @param {URL} url
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function relay(url, { headers: { accept = '*/*' } }, response) {
  try {
    const answer = await fetch(url, { headers: { accept } });
    for (const name of ['content-type', 'cache-control']) {
      const value = answer.headers.get(name);
      if (value) response.setHeader(name, value);
    }
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    response.writeHead(502).end(String(error));
  }
}

// Other people may own such names upstream.
const OURS = /^(lakebase-token|@lakebase-token\/[^/]+)(\/|$)/;
