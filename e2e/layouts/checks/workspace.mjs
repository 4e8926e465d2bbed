// An npm workspace: the package is hoisted to its root, and imported by the app and by a package of the
// workspace, which node_modules holds as a symbolic link.
import { cpSync } from 'node:fs';
import path from 'node:path';
import { nextApp } from '../../../support/next_app.mjs';
import { assertLogsIn, BUNDLERS, configured } from './next_app.mjs';

const HERE = path.join(import.meta.dirname, '..');

export function workspaceChecks({ folder, managers, services }) {
  const root = folder('workspace');
  const app = path.join(root, 'apps/web');
  let installed;

  async function install() {
    cpSync(path.join(HERE, 'workspace'), root, { recursive: true });
    cpSync(path.join(HERE, 'app'), app, { recursive: true });
    await managers.npm(root);
  }

  function check(bundler, how, config) {
    return {
      name: `npm workspace, ${bundler}${how}: next build, next start`,
      async run() {
        installed ??= install();
        await installed;
        const web = nextApp({ root, app, settings: configured({ ...NO_TRACES, ...config }) });
        await web.build(BUNDLERS[bundler]);
        await assertLogsIn(services, web.start, ['/api/who', '/api/db']);
      },
    };
  }

  // Each bundler once, each way once.
  return [
    check('turbopack', '', {}),
    check('webpack', ', transpilePackages', { transpilePackages: ['@workspace/db'] }),
  ];
}

// They do not matter to `next start`, and webpack takes longest for them.
const NO_TRACES = { outputFileTracingExcludes: { '*': ['**/*'] } };
