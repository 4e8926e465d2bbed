import path from 'node:path';
import { expect, test } from 'vitest';
import { newFolder } from './support/command_line';
import { copyOfThePackage } from './support/installed';
import { isWindows } from './support/platform';
import { runProgram } from './support/programs';
import { requestsOf, startWorkspace } from './support/workspace';

const ROOT = path.resolve(__dirname, '..');

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
  const copies = [ROOT, copyOfThePackage(newFolder()), copyOfThePackage(newFolder())];
  const ended = await runProgram(
    `${TOKENS_OF_FOLDERS}
    const tokens = await ${tokens(copies)};
    const files = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'));
    console.log(tokens.length, new Set(tokens).size, files.length);`,
    { ...workspace.env },
  );
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const [asked, got, addons] = ended.stdout.trim().split(' ').map(Number);
  expect(got).toBe(1);
  // As many files as copies, else this shows nothing. Windows unloads one when its last thread has ended.
  if (!isWindows) expect(addons).toBe(asked);
  expect(requestsOf(workspace)).toEqual({ accessToken: 1, postgresToken: 1 });
});
