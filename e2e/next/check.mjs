// The packed tarballs in real Next.js apps, against the emulator and a real Postgres.
//
//   npm run build && npm run pack -- .        in the repository: makes the tarballs
//   npm ci && npm run check [-- --only NAME]  in this folder; non-zero if a check fails
import path from 'node:path';
import { freshProjectChecks } from './checks/fresh_project.mjs';
import { refusalChecks } from './checks/refusals.mjs';
import { newProject, temporaryFolder } from './support/project.mjs';
import { runChecks } from './support/runner.mjs';
import { startServices } from './support/services.mjs';

const BUNDLERS = [
  { name: 'turbopack', build: [], dev: [] },
  { name: 'webpack', build: ['--webpack'], dev: ['--webpack'] },
];

const services = await startServices();
try {
  const project = await newProject(path.join(temporaryFolder(), 'app'));
  await project.install();
  const checks = BUNDLERS.flatMap((bundler) => [
    ...freshProjectChecks(bundler, { project, services }),
    ...refusalChecks(bundler, { project, services }),
  ]);
  await runChecks(checks, process.argv.slice(2));
} finally {
  await services.stop();
}
