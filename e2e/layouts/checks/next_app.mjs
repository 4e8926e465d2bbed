// What a small Next.js app answers, in some layout of node_modules.
import assert from 'node:assert/strict';

export const BUNDLERS = { turbopack: [], webpack: ['--webpack'] };

/** The variables by which the app is given its next.config. */
export const configured = (config) => ({ APP_CONFIG: JSON.stringify(config) });

/** What a server answers that has a workspace of its own, and how many tokens that took. */
export async function answers(services, start, paths = ['/api/who']) {
  const workspace = await services.newWorkspace();
  try {
    const server = await start(services.environment(workspace));
    const all = await Promise.all(
      paths.map(async (name) => (await fetch(server.url + name)).json()),
    );
    await server.stop();
    return { all, tokens: workspace.issuedTokens.length };
  } finally {
    await workspace.close();
  }
}

/** Asserts that every path logs in, with one token for all. */
export async function assertLogsIn(services, start, paths) {
  const { all, tokens } = await answers(services, start, paths);
  assert.deepEqual(
    all,
    all.map(() => ({ login: 'app' })),
  );
  assert.equal(tokens, 1);
}
