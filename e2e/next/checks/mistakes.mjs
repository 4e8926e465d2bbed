// What the example app says where it cannot log in, and that it logs in again by itself where it was not its mistake.
import assert from 'node:assert/strict';
import { until } from '../../../support/until.mjs';

/**
 * @param {object} place
 * @param {{ start: (env: NodeJS.ProcessEnv) => Promise<{ url: string }> }} place.app
 * @param {Awaited<ReturnType<typeof import('../../../support/services.mjs').startServices>>} place.services
 */
export async function tellsOfMistakes({ app, services }) {
  for (const { auth, set, code, words, tokens } of MISTAKES) {
    const workspace = await services.newWorkspace({ auth });
    try {
      const { url } = await app.start({ ...services.environment(workspace), ...set });
      const response = await fetch(`${url}/api/status`);
      assert.equal(response.status, 503);
      const { problems } = await response.json();
      assert.deepEqual(
        problems.map((problem) => problem.code),
        [code],
      );
      assert.match(problems[0].message, words);
      assert.equal(workspace.issuedTokens.length, tokens);
    } finally {
      await workspace.close();
    }
  }
}

/**
 * Postgres refuses a token that is good in the app's eyes: it gets another, logs in with that, and tells of it.
 */
export async function outlivesARefusal(page, postgres) {
  const says = async (words) => {
    await page.reload();
    return (await page.locator('main').innerText()).includes(words);
  };
  await until(async () => {
    // Unless a renewal comes between.
    await postgres.acceptToken({ token: 'token-of-nobody', expiresAt: Date.now() + 60_000 });
    await postgres.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${postgres.user}'`,
    );
    return says('Postgres refused the token of');
  });
  await until(() => says('Logged in to postgres as app'));
}

/** `tokens` are two where the login was made twice. */
const MISTAKES = [
  {
    auth: 'personal-token',
    // The pool finds who asks, and nobody has made a role for that.
    set: { PGUSER: '' },
    code: '28000',
    words: /^Postgres refuses this login\./,
    tokens: 1,
  },
  { set: { PGUSER: 'postgres' }, code: '28P01', words: /^Postgres refused two tokens/, tokens: 2 },
  {
    set: { PGSSLROOTCERT: '/nowhere/ca.pem' },
    code: 'ERR_LAKEBASE_CONFIG_INVALID',
    words: /^PGSSLROOTCERT names a file that cannot be read \(ENOENT\)/,
    tokens: 1,
  },
];
