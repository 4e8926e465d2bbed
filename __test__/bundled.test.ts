// What a bundler leaves of the package: here its entry alone, and then with the addon that a variable names.
// e2e/bundlers has the bundlers themselves.
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hostTarget } from '../js/target.js';
import { copyOfThePackage } from './support/installed';
import { isWindows } from './support/platform';
import { runProgram } from './support/programs';
import { startWorkspace } from './support/workspace';

const ROOT = path.resolve(__dirname, '..');
const ADDON = path.join(ROOT, `lakebase-token.${hostTarget()}.node`);

/** What a bundler takes along: the entry, and what it loads by a name that can be read. */
const TAKEN = [
  'index.js',
  'bundled.js',
  'named_binary.js',
  'outside_of_requests.js',
  'credential.js',
  'realm.js',
  'token_error.js',
  'unavailable.js',
];

function bundle(...alsoTaken: string[]): string {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'lakebase-token-bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of [...TAKEN, ...alsoTaken]) {
    cpSync(path.join(ROOT, 'js', name), path.join(folder, 'dist', name));
  }
  return folder;
}

/** What comes of a call there: the token, or the error. */
async function outcome(folder: string, env: Record<string, string>) {
  const ended = await runProgram(
    `import { createRequire } from 'node:module';
    const tokens = createRequire(import.meta.url)(${JSON.stringify(`${folder}/dist/index.js`)});
    const { lastFailure } = tokens.getLakebaseTokenStatus();
    const token = await tokens.getLakebasePostgresToken().catch(({ name, code, message, cause }) =>
      ({ name, code, message, cause: cause?.code, status: lastFailure?.error.code }));
    console.log(JSON.stringify(token));`,
    env,
  );
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ended.stdout);
}

const MISSING = {
  name: 'LakebaseTokenError',
  code: 'ERR_LAKEBASE_BINARY_MISSING',
  status: 'ERR_LAKEBASE_BINARY_MISSING',
};

test.each([
  ['native.js', []],
  ['the binary', ['native.js', 'binary_missing.js', 'target.js']],
])('a bundle without %s says what to do', async (_, alsoTaken) => {
  const error = await outcome(bundle(...alsoTaken), {});
  expect(error).toMatchObject(MISSING);
  expect(error.message).toContain('left lakebase-token behind. Declare it external');
  expect(error.message).toContain("serverExternalPackages: ['lakebase-token']");
  expect(error.message).not.toMatch(/Reinstall|clone|omit/);
});

test('a bundle finds the package that is installed where it runs', async () => {
  const workspace = await startWorkspace();
  const folder = bundle();
  copyOfThePackage(path.join(folder, 'node_modules', 'lakebase-token'));
  expect(await outcome(folder, workspace.env)).toBe(workspace.issuedTokens[0]?.token);
});

test.each([
  ['of a bundle', () => bundle()],
  ['of the package itself', () => null],
])('LAKEBASE_TOKEN_BINARY names the addon %s', async (_, bundled) => {
  const workspace = await startWorkspace();
  const folder = bundled() ?? bundle('native.js', 'binary_missing.js', 'target.js');
  const env = { ...workspace.env, LAKEBASE_TOKEN_BINARY: ADDON };
  expect(await outcome(folder, env)).toBe(workspace.issuedTokens[0]?.token);
});

test.each([
  ['relative.node', 'LAKEBASE_TOKEN_BINARY is not an absolute path. Set it to'],
  [
    '/nowhere/x.node',
    // Windows' own words name no file.
    isWindows
      ? /^LAKEBASE_TOKEN_BINARY names a file that does not load \([\w ]+\)/
      : /^LAKEBASE_TOKEN_BINARY names a file that does not load \(.*\/nowhere/,
  ],
  [path.join(ROOT, 'package.json'), 'LAKEBASE_TOKEN_BINARY names a file that does not load'],
])('LAKEBASE_TOKEN_BINARY=%s is refused by its name', async (file, reason) => {
  for (const folder of [bundle(), bundle('native.js')]) {
    const error = await outcome(folder, { LAKEBASE_TOKEN_BINARY: file });
    expect(error).toMatchObject(MISSING);
    expect(error.message).toMatch(reason);
  }
});

test('an empty LAKEBASE_TOKEN_BINARY is none', async () => {
  const workspace = await startWorkspace();
  const ended = await runProgram(
    `import { getLakebasePostgresToken } from 'lakebase-token';
    console.log(await getLakebasePostgresToken());`,
    { ...workspace.env, LAKEBASE_TOKEN_BINARY: '' },
  );
  expect(ended.stdout.trim()).toBe(workspace.issuedTokens[0]?.token);
});
