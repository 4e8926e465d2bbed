// Tells whoever asks as whom it is logged in to Postgres.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getLakebasePool } from 'lakebase-token/pg';

const pool = getLakebasePool();

const server = createServer(async (_request, response) => {
  try {
    const { rows } = await pool.query('SELECT session_user AS login');
    response.end(`Logged in as ${rows[0].login}\n`);
  } catch (error) {
    console.error(error);
    response.writeHead(503).end('Postgres cannot be asked.\n');
  }
});

server.listen(Number(process.env.PORT ?? 3000), () => {
  const { port } = server.address() as AddressInfo;
  console.log(`Listening on http://localhost:${port}`);
});

// A container's first process ends by no signal that it does not handle.
process.once('SIGTERM', () => {
  server.close(() => pool.end());
  server.closeIdleConnections();
});
