// Where the package cannot run it says so: at build time to a browser's code, at run time on the Edge.
import assert from 'node:assert/strict';

/** @param {{ name: string, build: string[] }} bundler the flags that choose it */
export function refusalChecks(bundler, { freshProject, services }) {
  async function inAClientComponent() {
    const project = await freshProject();
    const undo = project.layOver('refused/client');
    try {
      const { code, output } = await project.tryToBuild(bundler.build);
      assert.notEqual(code, 0, output);
      for (const named of [
        'server-only',
        'lakebase-token/js/browser.js',
        'src/app/client/page.tsx',
      ]) {
        assert.ok(output.includes(named), `${named} is not named in:\n${output}`);
      }
    } finally {
      undo();
    }
  }

  async function onTheEdge() {
    const project = await freshProject();
    const undo = [
      // It knows no Edge runtime.
      project.edit('next.config.ts', 'cacheComponents: true,', ''),
      project.edit('next.config.ts', 'partialPrefetching: true,', ''),
      project.setAside('src/proxy.ts'),
      project.layOver('refused/edge'),
    ];
    const workspace = await services.newWorkspace();
    try {
      await project.build(bundler.build);
      const server = await project.start(services.environment(workspace));
      const response = await fetch(`${server.url}/edge`);
      const { code, message } = await response.json();
      assert.equal(code, UNSUPPORTED);
      assert.match(message, /export const runtime = 'nodejs'/);
      assert.equal(response.headers.get('x-middleware'), UNSUPPORTED);
    } finally {
      for (const step of undo.reverse()) step();
      await workspace.close();
    }
  }

  return [
    { name: `${bundler.name}: a client component fails the build, named`, run: inAClientComponent },
    { name: `${bundler.name}: the Edge is told to use Node.js`, run: onTheEdge },
  ];
}

const UNSUPPORTED = 'ERR_LAKEBASE_RUNTIME_UNSUPPORTED';
