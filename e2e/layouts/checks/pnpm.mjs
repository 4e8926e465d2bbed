// Next.js in pnpm's layout, where all packages are symbolic links: Turbopack does not trace them.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { nextApp } from '../../../support/next_app.mjs';
import { answers, assertLogsIn, BUNDLERS, configured } from './next_app.mjs';

export function pnpmChecks({ folder, managers, services }) {
  const root = folder('pnpm-next');
  let installed;

  async function install() {
    cpSync(path.join(import.meta.dirname, '../app'), root, { recursive: true });
    await managers.pnpm(root);
  }

  function check(what, config, run) {
    return {
      name: `pnpm, ${what}`,
      async run() {
        installed ??= install();
        await installed;
        await run(nextApp({ root, settings: configured(config) }), services);
      },
    };
  }

  const standalone = { output: 'standalone' };
  const external = { ...standalone, serverExternalPackages: ['lakebase-token'] };
  return [
    check('turbopack: next dev', {}, dev),
    check(
      'turbopack: next start, and a standalone build that lacks the package',
      standalone,
      startAndLack,
    ),
    check('turbopack: standalone with serverExternalPackages', external, elsewhere),
    check('webpack: next start, and standalone', standalone, startAndElsewhere),
  ];
}

async function dev(web, services) {
  await assertLogsIn(services, (env) => web.dev([], env));
}

async function startAndLack(web, services) {
  await web.build(BUNDLERS.turbopack);
  await assertLogsIn(services, web.start);
  const { all } = await web.elsewhere(({ start }) => answers(services, start));
  // When this begins to log in, docs/platforms.md has a sentence less.
  assert.equal(all[0].code, 'ERR_LAKEBASE_BINARY_MISSING');
  assert.match(all[0].message, /serverExternalPackages: \['lakebase-token'\]/);
}

async function elsewhere(web, services) {
  await web.build(BUNDLERS.turbopack);
  await web.elsewhere(({ start }) => assertLogsIn(services, start));
}

async function startAndElsewhere(web, services) {
  await web.build(BUNDLERS.webpack);
  await assertLogsIn(services, web.start);
  await web.elsewhere(({ start }) => assertLogsIn(services, start));
}
