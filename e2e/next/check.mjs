// The packed tarballs in real Next.js apps, against the emulator and a real Postgres.
//
//   npm run build && npm run pack -- .        in the repository: makes the tarballs
//   npm ci && npm run check [-- --only TEXT]  in this folder; non-zero if a check fails
import path from 'node:path';
import { runChecks } from '../../support/checks.mjs';
import { startServices } from '../../support/services.mjs';
import { temporaryFolder } from '../../support/temporary_folder.mjs';
import { demoCheck } from './checks/demo.mjs';
import { exampleCheck } from './checks/example.mjs';
import { freshProjectChecks } from './checks/fresh_project.mjs';
import { refusalChecks } from './checks/refusals.mjs';
import { makeVisits } from './support/entries.mjs';
import { newProject } from './support/project.mjs';

const BUNDLERS = [
  { name: 'turbopack', flags: [] },
  { name: 'webpack', flags: ['--webpack'] },
];

const folder = temporaryFolder();
const services = await startServices();
let fresh;
try {
  await makeVisits(services.postgres);
  await runChecks([
    ...BUNDLERS.flatMap((bundler) => [
      ...freshProjectChecks({ bundler, freshProject, services }),
      ...refusalChecks({ bundler, freshProject, services }),
    ]),
    exampleCheck({ folder: path.join(folder, 'example'), services }),
    demoCheck(),
  ]);
} finally {
  await services.stop();
}

/** One for all that want it. */
function freshProject() {
  fresh ??= newProject(path.join(folder, 'app'));
  return fresh;
}
