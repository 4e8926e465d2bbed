import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startWorkspaceEmulator, type WorkspaceEmulator } from 'lakebase-token/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { foreign } from '../js/foreign_text.js';
import { newFolder, run, TRUE } from './support/command_line';
import { fakeDatabricks } from './support/databricks';
import { installed } from './support/installed';
import { hasAnyName } from './support/platform';
import {
  SCRIPTED_POSTGRES_CA,
  type Script,
  startScriptedPostgres,
} from './support/scripted_postgres';

let workspace: WorkspaceEmulator;

beforeAll(async () => {
  workspace = await startWorkspaceEmulator();
});

afterAll(() => workspace?.close());

const CLEAR = '\u001b[2J\u001b[H';
const CLIPBOARD = '\u001b]52;c;Y3VybCBldmls\u0007';
const TITLE = '\u009d0;root@prod\u009c';
const OVERWRITE = 'no\r✓ It works.\n✓ Really.';
const REVERSED = 'user\u202egnp.exe\u2066\u2069';
const HIDDEN = 'a\u200bb\u2060c\u00add\ufefe\u3164f\u2028g\u2029h\ud800i\u{e0041}j';
const EVERYTHING = [CLEAR, CLIPBOARD, TITLE, OVERWRITE, REVERSED, HIDDEN].join(' | ');

/** All that moves, paints, hides or turns; `\n` alone is ours, and stands between lines. */
const OBEYED = /[^\P{C}\n]|[\u2028\u2029\u3164]/u;

describe('a text that is not ours', () => {
  test.each([
    [`${CLEAR}x`, '\ufffd[2J\ufffd[Hx'],
    [CLIPBOARD, '\ufffd]52;c;Y3VybCBldmls\ufffd'],
    [TITLE, '\ufffd0;root@prod\ufffd'],
    [OVERWRITE, 'no ✓ It works. ✓ Really.'],
    [REVERSED, 'user\ufffdgnp.exe\ufffd\ufffd'],
    ['a\u200bb\u00adc\u2060d', 'a\ufffdb\ufffdc\ufffdd'],
    ['a\u2028b\u2029c\ud800d', 'a b c\ufffdd'],
    ['a\u3164b\u2800c\u{e0041}d', 'a\ufffdb\ufffdc\ufffdd'],
    ['Änderung für Jürgen: 漢字 🎉', 'Änderung für Jürgen: 漢字 🎉'],
    [undefined, 'undefined'],
    [['a', 'b'], 'a,b'],
  ])('%j is %j', (text, told) => {
    expect(foreign(text)).toBe(told);
  });

  test('is as long as it may be, and no character is halved', () => {
    expect(foreign('x'.repeat(1_000_000).replaceAll('xx', 'x '), { longest: 5 })).toBe('x x x…');
    expect(foreign('🎉🎉🎉', { longest: 2 })).toBe('🎉🎉…');
    expect(foreign('12345', { longest: 5 })).toBe('12345');
  });

  const secret = 'pg-Token-0123456789';
  test.each([
    [`the password ${secret} is wrong`, 'the password … is wrong'],
    [`PG-TOKEN-0123456789`, '…'],
    [`cut off: ${secret.slice(3)}`, 'cut off: …'],
    [`cut off: ${secret.slice(0, -3)}!`, 'cut off: …!'],
    [`${secret} ${secret}, ${secret}`, '… …, …'],
    [`${secret}${CLEAR}`, '…\ufffd[2J\ufffd[H'],
    ['an eyJhbGci.eyJzdWIi.c2ln, a dapi0123456789 and a dose0123456789', 'an …, a … and a …'],
  ])('holds no secret, nor a piece of one: %j', (text, told) => {
    expect(foreign(text, { secrets: [secret] })).toBe(told);
  });

  test('is not searched for a secret that may be any word', () => {
    expect(foreign('not ok', { secrets: ['ok', '', 'x'] })).toBe('not ok');
  });
});

/** `verify` in words and in JSON, against a Postgres that says this. */
async function verifyLogin(script: (password: string) => Script, driver: string, changes = {}) {
  const cwd = newFolder();
  installed(cwd, driver);
  const port = await startScriptedPostgres(script);
  const env = {
    ...workspace.env,
    PGHOST: 'localhost',
    PGPORT: String(port),
    PGUSER: 'me',
    PGDATABASE: 'd',
    PGSSLROOTCERT: SCRIPTED_POSTGRES_CA,
    ...changes,
  };
  const words = await run(['verify'], { cwd, env });
  const json = await run(['verify', '--json'], { cwd, env });
  return { printed: words.stdout + words.stderr + json.stdout + json.stderr, words: words.stdout };
}

describe.each(['pg', 'postgres'])('what Postgres says to %s', (driver) => {
  test('in an error is printed without what a terminal obeys, and without the token', async () => {
    let token = '';
    const { printed, words } = await verifyLogin((password) => {
      token = password;
      return { code: '28P01', message: `${EVERYTHING} ${password} ${password.slice(2)}` };
    }, driver);
    expect(words).toContain('Postgres refused role me: \ufffd[2J');
    expect(printed).not.toMatch(OBEYED);
    expect(token).not.toBe('');
    expect(printed).not.toContain(token.slice(2));
    expect(words).toMatch(/\nIt fails at: Postgres login\.\n$/);
    expect(words.split('\n').filter((line) => line.startsWith('✓ It works'))).toEqual([]);
  });

  test('in an error of another kind too', async () => {
    const { printed } = await verifyLogin(() => ({ code: 'XX000', message: EVERYTHING }), driver);
    expect(printed).toContain('\ufffd[2J');
    expect(printed).not.toMatch(OBEYED);
  });

  test('of a role that is not shown is not repeated', async () => {
    const role = 'me:S3cretPass@x.test';
    const { printed } = await verifyLogin(
      () => ({ code: '28000', message: `role "${role}" does not exist` }),
      driver,
      { PGUSER: role },
    );
    expect(printed).toContain('Postgres refused role … (not the plain name of a role): role "…"');
    expect(printed).not.toMatch(/S3cretPass/i);
  });

  test('of itself is printed in the same way', async () => {
    const { printed, words } = await verifyLogin(
      (password) => ({ version: `18.4 ${EVERYTHING}`, role: `${CLIPBOARD} ${password}` }),
      driver,
    );
    expect(words).toMatch(/^✓ Postgres login .*PostgreSQL 18\.4 \ufffd\[2J/m);
    expect(printed).not.toMatch(OBEYED);
    expect(printed).not.toContain(String(workspace.issuedTokens.at(-1)?.token));
  });
});

test('the name in a certificate that nobody trusts is printed so', async () => {
  const file = (name: string) => readFileSync(path.join(__dirname, '../support/tls', name), 'utf8');
  const tls = { key: file('test-only-server.key'), cert: file('test-only-escapes.pem') };
  const secure = await startWorkspaceEmulator({ tls });
  onTestFinished(() => secure.close());
  const place = { cwd: newFolder(), env: { ...secure.env } };
  const { code, stdout } = await run(['verify'], place);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^✗ TLS .*by \ufffd\[2J.*Good CA \ufffdlive, until 2120-01-01: .* not signed by an authority that is trusted/m,
  );
  expect(stdout).not.toMatch(OBEYED);
  expect((await run(['verify', '--json'], place)).stdout).not.toMatch(OBEYED);
});

test('a value and a name of an env file are printed so', async () => {
  const cwd = newFolder();
  const file = path.join(cwd, '.env');
  const names = [
    'DATABRICKS_HOST',
    'LAKEBASE_ENDPOINT',
    'PGUSER',
    'PGDATABASE',
    'DATABRICKS_CLIENT_ID',
  ];
  const values = names.map((name) => `${name}='${EVERYTHING}'\n`);
  writeFileSync(file, `DATABRICKS_TOKEN='x${EVERYTHING}'\n${values.join('')}`);
  for (const line of [['verify'], ['verify', '--json'], ['token'], ['exec', '--', ...TRUE]]) {
    const { stdout, stderr } = await run(line, { cwd });
    expect(stdout + stderr).not.toMatch(OBEYED);
  }
});

test('the words of the Databricks CLI are printed so', async () => {
  const cwd = newFolder();
  const stderr = `Error: ${EVERYTHING} dapi0123456789`;
  const { folder } = fakeDatabricks(cwd, { stderr, exitCode: 1 });
  writeFileSync(path.join(cwd, '.env.local'), '');
  const PATH = `${folder}${path.delimiter}${process.env.PATH}`;
  const ended = await run(['refresh-env'], { cwd, env: { PATH } });
  expect(ended.stderr).toContain('“\ufffd[2J\ufffd[H | ');
  expect(ended.stderr).not.toMatch(OBEYED);
  expect(ended.stderr).not.toContain('dapi');
});

test.each([
  [[`x${CLEAR}`], 2],
  [['token', `--x${CLIPBOARD}`], 2],
  [['token', `x${OVERWRITE}`], 2],
  [['refresh-env', `x${REVERSED}`], 1],
  [['refresh-env', '--name', `x${TITLE}`], 2],
  [['exec', '--', `x${CLEAR}${OVERWRITE}`], 127],
])('an argument is printed so: %j', async (line, exitCode) => {
  const { code, stdout, stderr } = await run(line, { cwd: newFolder(), env: { ...workspace.env } });
  expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
  expect(stderr).not.toMatch(OBEYED);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test.runIf(hasAnyName)(
  'the name of a file and of a profile are printed so by refresh-env',
  async () => {
    const cwd = newFolder();
    const { folder } = fakeDatabricks(cwd, { version: 'current' });
    const name = `x${CLEAR}${REVERSED}`;
    writeFileSync(path.join(cwd, name), '');
    const PATH = `${folder}${path.delimiter}${process.env.PATH}`;
    const line = ['refresh-env', name, '--profile', `p${CLIPBOARD}\n`];
    const { code, stdout } = await run(line, { cwd, env: { PATH } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Added DATABRICKS_TOKEN to x\ufffd\[2J.*\n$/);
    expect(stdout).not.toMatch(OBEYED);
  },
);
