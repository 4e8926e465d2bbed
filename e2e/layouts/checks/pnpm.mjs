// Next.js in pnpm's layout, where all packages are symbolic links: Turbopack does not trace them.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { assertLoggedIn, BUNDLERS, nextApp } from './next_app.mjs';

export function pnpmChecks({ folder, managers, services }) {
  const root = folder('pnpm-next');
  let installed;

  async function install() {
    cpSync(path.join(import.meta.dirname, '../app'), root, { recursive: true });
    await managers.pnpm(root);
  }

  async function app(config) {
    installed ??= install();
    await installed;
    return nextApp({ root, app: root }, services, config);
  }

  const standalone = { output: 'standalone' };
  return [
    {
      name: 'pnpm, turbopack: next dev',
      async run() {
        assertLoggedIn(await (await app()).run(['dev'], ['/api/who']));
      },
    },
    {
      name: 'pnpm, turbopack: next start, and a standalone build that lacks the package',
      async run() {
        const web = await app(standalone);
        await web.build(BUNDLERS.turbopack);
        assertLoggedIn(await web.run(['start'], ['/api/who']));
        const { all } = await web.runElsewhere(['/api/who']);
        // When this begins to log in, docs/platforms.md has a sentence less.
        assert.equal(all[0].code, 'ERR_LAKEBASE_BINARY_MISSING');
        assert.match(all[0].message, /serverExternalPackages: \['lakebase-token'\]/);
      },
    },
    {
      name: 'pnpm, turbopack: standalone with serverExternalPackages',
      async run() {
        const web = await app({ ...standalone, serverExternalPackages: ['lakebase-token'] });
        await web.build(BUNDLERS.turbopack);
        assertLoggedIn(await web.runElsewhere(['/api/who']));
      },
    },
    {
      name: 'pnpm, webpack: next start, and standalone',
      async run() {
        const web = await app(standalone);
        await web.build(BUNDLERS.webpack);
        assertLoggedIn(await web.run(['start'], ['/api/who']));
        assertLoggedIn(await web.runElsewhere(['/api/who']));
      },
    },
  ];
}
