// An app of its own, away from this repository, with the tarballs installed; runs its vitest and its tsc.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../support/processes.mjs';
import { installedApp } from '../../support/tarballs.mjs';

/** @param {string} version the folder with its dependencies: `vitest-4` */
export async function installApp(version) {
  const parts = ['app', version].map((part) => path.join(import.meta.dirname, part));
  const folder = await installedApp(parts);
  const inModules = (file) => path.join(folder, 'node_modules', file);
  const own = inModules('node/bin/node');
  const node = existsSync(own) ? own : process.execPath;
  const { PATH, HOME } = process.env;
  // A developer's own token, which must not win against the emulator's identity.
  const env = { PATH, HOME, DATABRICKS_TOKEN: 'somebody-elses-token' };
  const runNode = (...line) => run(node, line, { cwd: folder, env, patienceMs: 120_000 });

  return {
    write(name, text) {
      writeFileSync(path.join(folder, name), text);
    },

    /** Runs the specs of one pool. What became of every test, by its title; of a failure, why. */
    async tests(pool, ...specs) {
      const file = path.join(folder, 'report.json');
      rmSync(file, { force: true });
      const line = ['run', `--pool=${pool}`, '--reporter=json', `--outputFile=${file}`, ...specs];
      const { code } = await runNode(inModules('vitest/vitest.mjs'), ...line);
      const report = JSON.parse(readFileSync(file, 'utf8'));
      const outcomes = report.testResults.flatMap(({ assertionResults }) => assertionResults);
      return {
        code,
        outcomes: outcomes.map((outcome) => [outcome.title, outcome.status]),
        reasons: outcomes.flatMap(({ failureMessages }) => failureMessages).join('\n'),
      };
    },

    /** What tsc complains of: nothing, if all is well. */
    async typeErrors(resolution) {
      const project = `tsconfig.${resolution}.json`;
      return (await runNode(inModules('typescript/bin/tsc'), '--project', project)).stdout;
    },
  };
}
