// The packed tarballs in real Next.js apps, against the emulator and a real Postgres.
//
//   npm run build && npm run pack -- .        in the repository: makes the tarballs
//   npm ci && npm run check [-- --only NAME]  in this folder; non-zero if a check fails
import path from 'node:path';
import { exampleCheck } from './checks/example.mjs';
import { freshProjectChecks } from './checks/fresh_project.mjs';
import { refusalChecks } from './checks/refusals.mjs';
import { newProject } from './support/project.mjs';
import { runChecks } from './support/runner.mjs';
import { startServices } from './support/services.mjs';
import { temporaryFolder } from './support/temporary_folder.mjs';

const BUNDLERS = [
  { name: 'turbopack', build: [], dev: [] },
  { name: 'webpack', build: ['--webpack'], dev: ['--webpack'] },
];

const folder = temporaryFolder();
const services = await startServices();
let fresh;
try {
  await runChecks(
    [
      ...BUNDLERS.flatMap((bundler) => [
        ...freshProjectChecks(bundler, { freshProject, services }),
        ...refusalChecks(bundler, { freshProject, services }),
      ]),
      exampleCheck({ folder: path.join(folder, 'example'), services }),
    ],
    process.argv.slice(2),
  );
} finally {
  await services.stop();
}

/** One for all that want it. */
function freshProject() {
  fresh ??= newProject(path.join(folder, 'app'));
  return fresh;
}
