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

/** What the programs below begin with. */
const TOKENS_OF_FOLDERS = `
  import { createRequire } from 'node:module';
  import { Worker } from 'node:worker_threads';
  const require = createRequire(process.cwd() + '/');
  const tokenOf = (folder) => require(folder).getLakebasePostgresToken();
  async function tokenInWorkerOf(folder) {
    const source = 'require(' + JSON.stringify(folder) + ').getLakebasePostgresToken()' +
      '.then((token) => require("node:worker_threads").parentPort.postMessage(token))';
    const worker = new Worker(source, { eval: true, execArgv: [] });
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  }`;

test.each([
  ['in one thread', (copies: string[]) => `Promise.all(${JSON.stringify(copies)}.map(tokenOf))`],
  [
    'in a worker of the thread that loaded the other',
    ([own, other]: string[]) => `[
      await tokenOf(${JSON.stringify(own)}), await tokenInWorkerOf(${JSON.stringify(other)}),
    ]`,
  ],
  [
    'in workers of a thread that loaded none',
    (copies: string[]) => `Promise.all(${JSON.stringify(copies)}.map(tokenInWorkerOf))`,
  ],
])('copies of the package share one cache, %s', async (_, tokens) => {
  const workspace = await startWorkspace();
  const copies = [ROOT, copyOfThePackage(), copyOfThePackage()];
  const ended = await runProgram(
    `${TOKENS_OF_FOLDERS}
    const tokens = await ${tokens(copies)};
    const files = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'));
    console.log(tokens.length, new Set(tokens).size, files.length);`,
    { ...workspace.env },
  );
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const [asked, got, addons] = ended.stdout.trim().split(' ').map(Number);
  // As many files as copies, else this shows nothing.
  expect({ got, addons }).toEqual({ got: 1, addons: asked });
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
});
