// Where the package cannot run it says so: at build time to a browser's code, at run time on the Edge.
import assert from 'node:assert/strict';

/** @param {import('./fresh_project.mjs').Place} place */
export function refusalChecks(place) {
  return [
    ['a client component fails the build, named', inAClientComponent('client', 'browser.js')],
    ['a pool in one fails it, too', inAClientComponent('client_pool', 'pg_browser.js')],
    ['the Edge is told to use Node.js', onTheEdge],
  ].map(([what, run]) => ({
    name: `${place.bundler.name}: ${what}`,
    run: async () => run(await place.freshProject(), place),
  }));
}

function inAClientComponent(page, entry) {
  return async (project, { bundler }) => {
    const undo = project.layOver(`refused/${page}`);
    try {
      const { code, stdout, stderr } = await project.tryToBuild(bundler.flags);
      const output = stdout + stderr;
      assert.notEqual(code, 0, output);
      for (const named of [
        'server-only',
        `lakebase-token/js/${entry}`,
        'src/app/client/page.tsx',
      ]) {
        assert.ok(output.includes(named), `${named} is not named in:\n${output}`);
      }
    } finally {
      undo();
    }
  };
}

async function onTheEdge(project, { bundler, services }) {
  const undo = [
    // It knows no Edge runtime.
    project.edit('next.config.ts', 'cacheComponents: true,', ''),
    project.edit('next.config.ts', 'partialPrefetching: true,', ''),
    // Nor do traces matter to `next start`, which webpack takes longest for.
    project.configure("outputFileTracingExcludes: { '*': ['**/*'] },"),
    project.setAside('src/proxy.ts'),
    project.layOver('refused/edge'),
  ];
  const workspace = await services.newWorkspace();
  try {
    await project.build(bundler.flags);
    const server = await project.start(services.environment(workspace));
    const response = await fetch(`${server.url}/edge`);
    for (const { code, message } of Object.values(await response.json())) {
      assert.equal(code, UNSUPPORTED);
      assert.match(message, /export const runtime = 'nodejs'/);
    }
    assert.equal(response.headers.get('x-middleware'), `${UNSUPPORTED}, ${UNSUPPORTED}`);
  } finally {
    for (const step of undo.reverse()) step();
    await workspace.close();
  }
}

const UNSUPPORTED = 'ERR_LAKEBASE_RUNTIME_UNSUPPORTED';
