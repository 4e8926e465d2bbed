import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from './support/programs';
import { requestsOf, startWorkspace } from './support/workspace';

const ROOT = path.resolve(__dirname, '..');

/** The package's own files elsewhere, as a bundler or a standalone build copies them. */
function copyOfThePackage(): string {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'lakebase-token-copy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['js', 'package.json']) {
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  }
  const { platform, arch } = process;
  cpSync(ROOT, folder, {
    recursive: true,
    filter: (source) =>
      source === ROOT || path.basename(source).startsWith(`lakebase-token.${platform}-${arch}`),
  });
  return folder;
}

test('copies of the package in one process share one addon, and so one cache', async () => {
  const workspace = await startWorkspace();
  const copies = [ROOT, copyOfThePackage(), copyOfThePackage()];
  const ended = await runProgram(
    `import { createRequire } from 'node:module';
    import { Worker } from 'node:worker_threads';
    const require = createRequire(process.cwd() + '/');
    const copies = ${JSON.stringify(copies)};
    const tokens = await Promise.all(copies.map((copy) => require(copy).getLakebasePostgresToken()));
    // In a thread that loads another copy first.
    const worker = new Worker(
      'require(' + JSON.stringify(copies[1]) + ').getLakebasePostgresToken()' +
        '.then((token) => require("node:worker_threads").parentPort.postMessage(token))',
      { eval: true, execArgv: [] },
    );
    tokens.push(await new Promise((resolve) => worker.once('message', resolve)));
    console.log(new Set(tokens).size, process.report.getReport().sharedObjects
      .filter((file) => file.endsWith('.node')).length);`,
    { ...workspace.env },
  );
  expect(ended).toMatchObject({ code: 0, stderr: '', stdout: '1 1\n' });
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
});
