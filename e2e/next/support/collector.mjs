// Takes what OpenTelemetry exports by OTLP over HTTP, as it comes.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

export async function startCollector() {
  /** @type {string[]} */
  const bodies = [];
  const server = createServer(async (request, response) => {
    // Names are plain text in protobuf.
    bodies.push((await buffer(request)).toString('latin1'));
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    bodies,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
