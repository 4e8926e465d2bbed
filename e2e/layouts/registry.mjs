// An npm registry on loopback: it takes what `npm publish` sends, and sends whoever wants any other
// package on to the registry that this machine uses.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

/**
 * @param {string} upstream
 * @returns {Promise<{ url: string, publish: (description: object) => void, has: (name: string) => boolean, close: () => void }>}
 */
export async function startRegistry(upstream) {
  const packages = new Map();
  const files = new Map();

  const server = createServer(async (request, response) => {
    // The next registry may have the same port.
    response.setHeader('cache-control', 'no-store');
    const path = decodeURIComponent(new URL(request.url, 'http://registry').pathname).slice(1);
    if (request.method === 'PUT') {
      publish(await json(request));
      response.writeHead(201).end('{}');
    } else if (files.has(path)) {
      response.end(files.get(path));
    } else if (packages.has(path)) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(packages.get(path)));
    } else if (OURS.test(path)) {
      response.writeHead(404).end('{}');
    } else {
      response.writeHead(302, { location: new URL(request.url, upstream).href }).end();
    }
  });

  function publish({ _attachments: attachments, ...description }) {
    packages.set(description.name, description);
    for (const [name, { data }] of Object.entries(attachments)) {
      files.set(`${description.name}/-/${name}`, Buffer.from(data, 'base64'));
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    publish,
    has: (name) => packages.has(name),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

// Other people may own such names upstream.
const OURS = /^(lakebase-token|@lakebase-token\/[^/]+)(\/|$)/;
