// Goes through every entry point of ../app: each runs a query of its own, with a login of its own.
import assert from 'node:assert/strict';

const ENTRIES = [
  'action',
  'instrumentation',
  'page',
  'pages/api',
  'pool/pages',
  'pool/route',
  'proxy',
  'route',
];

/**
 * A table in which the app writes down each of its entry points that got in. `login` says who; of the shared pool
 * also `copy`, which one of pool.ts, and `connection`.
 */
export async function makeVisits(postgres) {
  await postgres.query(`
    CREATE TABLE visits (
      entry text NOT NULL, login text NOT NULL DEFAULT session_user, copy int, connection int
    );
    GRANT SELECT, INSERT ON visits TO ${postgres.user}`);
}

export async function forgetVisits(postgres) {
  await postgres.query('TRUNCATE visits');
}

/** Asserts that all of them reach Postgres, however many copies of db.ts a bundler made. */
export async function assertEveryEntryLogsIn({ url, postgres, edition = 'first' }) {
  await Promise.all(
    Array.from({ length: 5 }, () => [
      saysWho(`${url}/`, `page is app, ${edition} edition`),
      saysWho(`${url}/api/who`, `route is app, ${edition} edition`),
      saysWho(`${url}/api/who-pages`, `pages/api is app, ${edition} edition`),
      saysWho(`${url}/api/pool`, 'pool/route is app'),
      saysWho(`${url}/api/pool-pages`, 'pool/pages is app'),
    ]).flat(),
  );
  await pressHello(url);
  const visits = await postgres.query('SELECT DISTINCT entry, login FROM visits ORDER BY entry');
  assert.deepEqual(
    visits,
    ENTRIES.map((entry) => ({ entry, login: postgres.user })),
  );
}

/** Asserts that all copies of pool.ts, those before a hot reload too, had the one connection of one pool. */
export async function assertOnePool(postgres) {
  const [{ copies, connections }] = await postgres.query(
    'SELECT count(DISTINCT copy)::int AS copies, count(DISTINCT connection)::int AS connections FROM visits',
  );
  assert.ok(copies > 1, 'Otherwise this shows nothing.');
  assert.equal(connections, 1, `${copies} copies`);
}

/** Asserts that they asked the workspace once for all, whoever asked first. */
export function assertOneCache(workspace) {
  assert.deepEqual(
    workspace.requests.map(({ step, status }) => ({ step, status })),
    [
      { step: 'accessToken', status: 200 },
      { step: 'postgresToken', status: 200 },
    ],
  );
}

export async function saysWho(url, sentence) {
  const response = await fetch(url);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  // React puts a comment between two texts.
  assert.ok(
    text.replaceAll('<!-- -->', '').includes(sentence),
    `${url} does not say "${sentence}": ${text}`,
  );
}

/** What a browser without JavaScript sends. */
async function pressHello(url) {
  const page = await (await fetch(url)).text();
  const form = /<form.*?<\/form>/s.exec(page)?.[0] ?? '';
  const body = new FormData();
  for (const [, name, value = ''] of form.matchAll(
    /<input type="hidden" name="(.*?)"(?: value="(.*?)")?/g,
  )) {
    body.append(name, value);
  }
  assert.ok([...body.keys()].length > 0, `There is no action in ${form}`);
  const response = await fetch(url, { method: 'POST', body, headers: { origin: url } });
  assert.equal(response.status, 200, await response.text());
}
