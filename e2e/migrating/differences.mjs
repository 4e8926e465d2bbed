// Where the official client and lakebase-token/pg differ: each is seen in both, as docs/migrating.md tells it.
import { once } from 'node:events';
import net from 'node:net';
import { format } from 'node:util';
import { clientSecret, loginInProfile, principalInProfile } from './identities.mjs';

/**
 * `run` is called with the names of the official client, whoever has them; a pool trusts this Postgres. `options` are the
 * workspace's, `identity` is where its identity is, if not in variables; `env` is what is set or, if empty, not.
 */
export const differences = [
  {
    what: 'who comes without variables when it makes a pool',
    run: async ({ newPool }) => newPool() && 'made',
    env: { PGHOST: '', PGDATABASE: '', LAKEBASE_ENDPOINT: '' },
    official: 'CONFIGURATION_ERROR',
    ours: 'made',
  },
  {
    what: 'who comes without PGHOST',
    run: ({ newPool }) => login(newPool()),
    env: { PGHOST: '' },
    official: 'CONFIGURATION_ERROR',
    ours: 'in',
  },
  {
    what: 'application_name',
    async run({ newPool }) {
      const pool = newPool({ application_name: 'reports' });
      await pool.options.password();
      return (await pool.query('SHOW application_name')).rows[0].application_name;
    },
    official: '',
    ours: 'reports',
  },
  {
    what: "whether the pool is one of the app's own pg",
    run: async ({ newPool, Pool }) => newPool() instanceof Pool,
    official: false,
    ours: true,
  },
  {
    what: "whether its query is pg's own",
    run: async ({ newPool, Pool }) => newPool().query === Pool.prototype.query,
    official: false,
    ours: true,
  },
  {
    what: 'how many pools two calls make',
    run: async ({ newPool }) => new Set([newPool(), newPool()]).size,
    official: 2,
    ours: 1,
  },
  {
    what: 'how many tokens a pool and two configurations ask for',
    async run({ newPool, lakebase, workspace }) {
      await newPool().options.password();
      await lakebase.getLakebasePgConfig().password();
      await lakebase.getLakebaseOrmConfig().password();
      return workspace.issuedTokens.length;
    },
    official: 3,
    ours: 1,
  },
  {
    what: 'a token that Postgres refuses, and the login after that',
    async run({ newPool, postgres }) {
      const pool = newPool();
      const before = await login(pool);
      await postgres.acceptToken({ token: 'another', expiresAt: Date.now() + 600_000 });
      return [before, await login(pool), await login(pool)];
    },
    official: ['in', '28P01', '28P01'],
    ours: ['in', 'in', 'in'],
  },
  {
    what: 'a server that is away for a moment',
    async run({ newPool, postgres }) {
      const front = net.createServer((socket) => {
        const behind = net.connect(postgres.port, postgres.host);
        socket.pipe(behind).pipe(socket);
        for (const end of [socket, behind]) end.on('error', () => {});
      });
      await once(front.listen(0, '127.0.0.1'), 'listening');
      const { port } = front.address();
      await once(front.close(), 'close');
      const back = setTimeout(() => front.listen(port, '127.0.0.1'), 500);
      const outcome = await login(newPool({ port }));
      clearTimeout(back);
      if (front.listening) front.close();
      return outcome;
    },
    official: 'ECONNREFUSED',
    ours: 'in',
  },
  {
    what: 'PGSSLMODE=verify-full',
    run: ({ newPool }) => login(newPool()),
    env: { PGSSLMODE: 'verify-full' },
    official: 'VALIDATION_ERROR',
    ours: 'in',
  },
  {
    what: 'PGSSLMODE=prefer, and a server that nobody vouches for',
    run: ({ newPool }) => login(newPool({ ssl: undefined })),
    env: { PGSSLMODE: 'prefer' },
    official: 'in',
    ours: 'ERR_LAKEBASE_CONFIG_INVALID',
  },
  {
    what: 'a server that nobody vouches for',
    run: ({ newPool }) => login(newPool({ ssl: undefined })),
    official: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ours: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  },
  {
    what: "a profile with a service principal's secret",
    run: ({ newPool }) => login(newPool()),
    identity: principalInProfile,
    official: 'in',
    ours: 'in',
  },
  {
    what: 'a profile with a login of the Databricks CLI',
    options: { auth: 'personal-token' },
    run: ({ newPool }) => login(newPool()),
    identity: loginInProfile,
    official: 'in',
    ours: 'in',
  },
  {
    what: 'a token beside a client id and secret',
    options: { auth: 'personal-token' },
    run: ({ newPool }) => login(newPool()),
    env: { DATABRICKS_CLIENT_ID: 'client-id', DATABRICKS_CLIENT_SECRET: 'secret' },
    official: 'more than one authorization method',
    ours: 'in',
  },
  {
    what: 'whether the log of that shows the secret',
    options: { auth: 'personal-token' },
    async run({ lakebase }) {
      const { error } = console;
      const logged = [];
      console.error = (...line) => logged.push(format(...line));
      try {
        const pool = lakebase.createLakebasePool();
        await pool.options.password().catch(() => {});
        await pool.end();
      } finally {
        console.error = error;
      }
      return logged.join('').includes(clientSecret);
    },
    env: { DATABRICKS_CLIENT_ID: 'client-id', DATABRICKS_CLIENT_SECRET: clientSecret },
    official: true,
    ours: false,
  },
  {
    what: 'a secret with signs that a form encodes',
    options: { clientSecret: 'a secret+' },
    run: ({ newPool }) => login(newPool()),
    official: 'invalid_client',
    ours: 'in',
  },
];

/** `in`, or what became of it. */
async function login(pool) {
  try {
    // This Postgres admits the newest token alone, and wants it before a login begins.
    await pool.options.password();
    const client = await pool.connect();
    client.release(true);
    return 'in';
  } catch (error) {
    return outcomeOf(error);
  }
}

/** @param {Error & { code?: string }} error */
export function outcomeOf({ code, message }) {
  return code ?? /more than one authorization method|invalid_client/.exec(message)?.[0] ?? message;
}
