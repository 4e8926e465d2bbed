import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { startWorkspaceEmulator, type WorkspaceEmulator } from 'lakebase-token/testing';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../support/postgres/postgres.js';
import { CA_FILE } from '../support/tls/keys.js';
import { hasScript, newFolder, onTerminal, run } from './support/command_line';
import { fakeDatabricks } from './support/databricks';
import { installed } from './support/installed';
import { hasFileModes, hasPostgres } from './support/platform';

/** For machines that are busy with something else. */
const PATIENCE_MS = 120_000;

const PRIMARY = 'projects/shop/branches/production/endpoints/primary';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
/** Of a person, and of a service principal. */
let dev: WorkspaceEmulator;
let prod: WorkspaceEmulator;

beforeAll(async () => {
  postgres = await startPostgres();
  const options = {
    onPostgresToken: postgres.acceptToken,
    endpoint: [
      PRIMARY,
      'projects/shop/branches/production/endpoints/read-1',
      'projects/shop/branches/preview/endpoints/primary',
      'projects/analytics/branches/main/endpoints/primary',
    ],
    postgres: { host: '127.0.0.1', database: 'postgres', user: 'app' },
  };
  dev = await startWorkspaceEmulator({ ...options, auth: 'personal-token' });
  prod = await startWorkspaceEmulator(options);
}, PATIENCE_MS);

afterEach(() => {
  dev.answer('lookUp', null);
  dev.answer('postgresToken', null);
});

afterAll(async () => {
  await dev?.close();
  await prod?.close();
  await postgres?.stop();
}, PATIENCE_MS);

/** A project with pg, and a file of two profiles. */
function project(content?: string) {
  const cwd = newFolder();
  installed(cwd, 'pg');
  const profiles = path.join(cwd, 'databrickscfg');
  const [one, other] = [dev.env, prod.env];
  writeFileSync(
    profiles,
    `[dev]\nhost = ${one.DATABRICKS_HOST}\ntoken = ${one.DATABRICKS_TOKEN}\n` +
      `[prod]\nhost = ${other.DATABRICKS_HOST}\nclient_id = ${other.DATABRICKS_CLIENT_ID}\n` +
      `client_secret = ${other.DATABRICKS_CLIENT_SECRET}\n`,
  );
  const file = path.join(cwd, '.env.local');
  if (content !== undefined) writeFileSync(file, content);
  const env = {
    DATABRICKS_CONFIG_FILE: profiles,
    // Not of every workspace: what the emulator has is not at 5432, and of an authority of its own.
    PGPORT: postgres.env.PGPORT,
    NODE_EXTRA_CA_CERTS: CA_FILE,
  };
  const init = (line: string[], more: Record<string, string> = {}) =>
    run(['init', ...line], { cwd, env: { ...env, ...more } });
  const onScreen = (
    line: string[],
    answers: [string, string | (() => string)][],
    more: Record<string, string> = {},
  ) => onTerminal(['init', ...line], { cwd, env: { ...env, NO_COLOR: '1', ...more } }, answers);
  return { cwd, file, init, onScreen, content: () => readFileSync(file, 'utf8') };
}

const DEV = [
  'DATABRICKS_CONFIG_PROFILE=dev',
  `LAKEBASE_ENDPOINT=${PRIMARY}`,
  'PGHOST=127.0.0.1',
  'PGUSER=app',
  'PGDATABASE=postgres',
  'PGSSLMODE=require',
  '',
].join('\n');

const CHOSEN = ['--project', 'shop', '--branch', 'production', '--endpoint', 'primary'];

describe.runIf(hasPostgres)('with options', { timeout: PATIENCE_MS }, () => {
  test('it writes the file, and verify logs in with it', async () => {
    const { init, content, file } = project();
    const { code, stdout, stderr } = await init(['--profile', 'dev', ...CHOSEN, '--yes']);
    expect(stderr).toContain('\nWrote .env.local.\n');
    expect(stdout).toMatch(/✓ Postgres login .* as app, with pg/);
    expect(code).toBe(0);
    expect(content()).toBe(DEV);
    if (hasFileModes) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(stdout + stderr).not.toContain(dev.env.DATABRICKS_TOKEN);
  });

  test('it changes its own lines alone, and nothing where all is said', async () => {
    const before = `# mine\nA=1\nPGHOST="old" # here\nPGSSLMODE=verify-full\n`;
    const { init, content } = project(before);
    const line = ['--profile', 'dev', ...CHOSEN, '--yes'];
    const { stderr } = await init(line);
    expect(stderr).toContain('  ~ PGHOST=127.0.0.1  in place of old\n');
    expect(stderr).toContain('    PGSSLMODE=verify-full  is there already\n');
    expect(content()).toBe(
      '# mine\nA=1\nPGHOST="127.0.0.1" # here\nPGSSLMODE=verify-full\n' +
        `DATABRICKS_CONFIG_PROFILE=dev\nLAKEBASE_ENDPOINT=${PRIMARY}\nPGUSER=app\nPGDATABASE=postgres\n`,
    );
    const again = content();
    expect((await init(line)).stderr).toContain('.env.local says all of it already.');
    expect(content()).toBe(again);
  });

  test('--print writes nothing', async () => {
    const { init, file } = project();
    const printed = await init(['--profile', 'dev', ...CHOSEN, '--print']);
    expect(printed).toMatchObject({ code: 0, stdout: DEV, stderr: '' });
    expect(existsSync(file)).toBe(false);
  });

  test('without --yes nothing is written', async () => {
    const { init, file } = project();
    const { code, stderr } = await init(['--profile', 'dev', ...CHOSEN]);
    expect(code).toBe(2);
    expect(stderr).toContain('Nothing was written. Add --yes to write it.');
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    [[], 'Name the profile with --profile. There are: dev, prod.'],
    [['--profile', 'dev'], 'Name the project with --project. There are: shop, analytics.'],
    [['--profile', 'dev', '--project', 'shp'], 'There is no project shp. There are: shop, ana'],
    [['--profile', 'dev', '--project', 'shop'], 'Name the branch with --branch. There are: prod'],
    [['--profile', 'dev', ...CHOSEN.slice(0, 4)], 'Name the endpoint with --endpoint. There are'],
    [['--profile', 'DEV'], 'There is no profile DEV. There are: dev, prod.'],
    [['--profile', 'dev', '--endpoint', 'a/b'], '--endpoint is an id, or of the form'],
  ])('%j is told what there is', async (line, message) => {
    const { init, file } = project();
    const { code, stderr } = await init([...line, '--yes']);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(existsSync(file)).toBe(false);
  });

  test('what is the only one is not asked for', async () => {
    const { init } = project();
    const line = ['--profile', 'prod', '--project', 'analytics', '--print'];
    expect((await init(line)).stdout).toContain(
      '=projects/analytics/branches/main/endpoints/primary',
    );
  });

  test('a list of many pages is read to its end', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `p-${index}`);
    const endpoint = names.map((name) => `projects/${name}/branches/main/endpoints/primary`);
    const many = await startWorkspaceEmulator({ auth: 'personal-token', endpoint });
    onTestFinished(() => many.close());
    const { DATABRICKS_HOST, DATABRICKS_TOKEN } = many.env;
    const set = { DATABRICKS_HOST, DATABRICKS_TOKEN };
    const { stdout } = await project().init(['--project', 'p-249', '--print'], set);
    expect(stdout).toContain(`LAKEBASE_ENDPOINT=${endpoint[249]}\n`);
    expect(many.requests.filter(({ path }) => path.endsWith('/projects'))).toHaveLength(3);
  });

  test('a principal logs in as its client id; --user and --database are taken as they are', async () => {
    const { init } = project();
    const line = ['--profile', 'prod', '--endpoint', PRIMARY, '--print'];
    expect((await init(line)).stdout).toContain(`PGUSER=${prod.env.DATABRICKS_CLIENT_ID}\n`);
    const named = await init([...line, '--user', 'a group', '--database', 'of mine']);
    expect(named.stdout).toContain('PGUSER="a group"\nPGDATABASE="of mine"\n');
  });

  test('the identity that is set is taken, without a profile', async () => {
    const { init } = project();
    const { DATABRICKS_HOST, DATABRICKS_TOKEN } = dev.env;
    const set = { DATABRICKS_HOST, DATABRICKS_TOKEN };
    const { stdout } = await init(['--endpoint', PRIMARY, '--print'], set);
    expect(stdout).toBe(DEV.slice(DEV.indexOf('LAKEBASE')));
    const written = project(
      `DATABRICKS_HOST=${DATABRICKS_HOST}\nDATABRICKS_TOKEN=${DATABRICKS_TOKEN}\n`,
    );
    expect((await written.init(['--endpoint', PRIMARY, '--print'])).stdout).toBe(stdout);
  });

  test('a variable that goes before the profile, or the file, is told', async () => {
    const { init } = project();
    const set = {
      DATABRICKS_HOST: dev.env.DATABRICKS_HOST,
      DATABRICKS_TOKEN: 'other',
      PGUSER: 'me',
    };
    const { stderr } = await init(['--profile', 'dev', ...CHOSEN, '--yes'], set);
    expect(stderr).toContain('Note: DATABRICKS_TOKEN goes before the profile. Unset it.');
    expect(stderr).toContain(
      'Note: PGUSER is set in this shell too, and goes before the file there.',
    );
  });
});

describe.runIf(hasPostgres)('where the workspace refuses', { timeout: PATIENCE_MS }, () => {
  test('lists, the whole path is asked for', async () => {
    const { init } = project();
    dev.answer('lookUp', 'permissionDenied');
    const { code, stderr } = await init(['--profile', 'dev', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('The identity may not see the projects of the workspace.');
    expect(stderr).toContain('--endpoint projects/');
  });

  test('an endpoint that is not there, it says so', async () => {
    const { init } = project();
    const { code, stderr } = await init(['--profile', 'dev', '--endpoint', `${PRIMARY}x`, '--yes']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /answered 404 .* Check projects\/.*primaryx, and that host of profile dev/,
    );
  });

  test('to say who asks, the role is asked for', async () => {
    const { init } = project();
    dev.answer('postgresToken', 'permissionDenied');
    const { code, stderr } = await init(['--profile', 'dev', '--endpoint', PRIMARY, '--yes']);
    expect(code).toBe(2);
    expect(stderr).toContain('Name the role with --user: ');
  });
});

test.each<[Record<string, string>, string | undefined, string]>([
  [
    {},
    undefined,
    'There is no profile in ~/.databrickscfg, and no identity is set. Run databricks',
  ],
  [
    {},
    '[DEFAULT]\n',
    'There is no profile in ~/.databrickscfg, and no identity is set. Run databricks',
  ],
  [{ DATABRICKS_CLIENT_ID: 'x' }, undefined, 'is set but DATABRICKS_CLIENT_SECRET is not. Set'],
  [{}, '[dev]\ntoken = canary\n', 'DATABRICKS_HOST is not set;'],
])('with %j and profiles of %j it says what is missing', async (env, profiles, message) => {
  const cwd = newFolder();
  if (profiles !== undefined) writeFileSync(path.join(cwd, '.databrickscfg'), profiles);
  const home = { HOME: cwd, USERPROFILE: cwd };
  const { code, stderr } = await run(['init', '--yes'], { cwd, env: { ...home, ...env } });
  expect(stderr).toContain(message);
  expect(stderr).toContain('(ERR_LAKEBASE_CONFIG_MISSING)');
  expect(stderr).not.toContain('canary');
  expect(code).toBe(1);
});

test('a file that cannot be written is told before anything else', async () => {
  const { init } = project();
  const before = dev.requests.length;
  for (const [file, message] of [
    ['nowhere/.env', /cannot be written: there is no folder .*nowhere\. Make it/],
    ['node_modules', /is a folder/],
  ] as const) {
    const { code, stderr } = await init(['--profile', 'dev', '--file', file, '--yes']);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  }
  expect(dev.requests).toHaveLength(before);
});

describe.runIf(hasScript && hasPostgres)('on a terminal', { timeout: PATIENCE_MS }, () => {
  test('it asks for what no option names, and writes', async () => {
    const { onScreen, content } = project();
    const { code, stdout } = await onScreen(
      [],
      [
        ['Which profile?', 'x\n'],
        ['It is none of the list.', '1\n'],
        ['Which project?', 'shop\n'],
        ['Which branch?', '\n'],
        ['Which endpoint?', '1\n'],
        ['Write .env.local? [Y/n]', 'y\n'],
      ],
    );
    expect(stdout).toContain('1  production  the default');
    expect(stdout).toMatch(/1 {2}primary {2}reads and writes\r\n {2}2 {2}read-1 {3}reads only/);
    expect(stdout).toContain('✓ Postgres login');
    expect(code).toBe(0);
    expect(content()).toBe(DEV);
  });

  test.each([
    ['an answer of no', 'n\n', 1],
    ['Ctrl+C', '\u0003', 130],
    ['Ctrl+D', '\u0004', 1],
  ])('%s writes nothing', async (_, answer, exitCode) => {
    const { onScreen, file } = project();
    const line = ['--profile', 'dev', ...CHOSEN];
    const { code, stdout } = await onScreen(line, [['Write .env.local? [Y/n]', answer]]);
    expect(stdout).toContain('Nothing was written.');
    expect(code).toBe(exitCode);
    expect(existsSync(file)).toBe(false);
  });
});

/** What a workspace says, by the last part of what it is asked for, and by how often it was asked already. */
type Answers = Record<string, (asked: number) => unknown>;

const USUAL: Answers = {
  projects: () => ({ projects: [{ name: 'projects/shop' }] }),
  branches: () => ({ branches: [{ name: 'projects/shop/branches/production' }] }),
  endpoints: () => ({ endpoints: [{ name: PRIMARY }] }),
  databases: () => ({ databases: [database('one')] }),
  primary: () => ({ name: PRIMARY, status: { hosts: { host: '127.0.0.1' } } }),
  Me: () => ({ userName: 'me@example.test' }),
  credentials: () => ({ token: 'token-1', expire_time: new Date(Date.now() + 3_600_000) }),
};

const database = (name: unknown) => ({
  name: `projects/shop/branches/production/databases/${name}`.replace(/[^\x21-\x7E]/g, ''),
  status: { postgres_database: name },
});

/** A workspace that says what a test wants; what it is asked for, and how it is reached. */
async function workspace(answers: Answers = {}) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://workspace.test');
    const what = pathname.split('/').at(-1) ?? '';
    const answer = { ...USUAL, ...answers }[what];
    const before = asked.filter((one) => one === what).length;
    asked.push(what);
    const body = answer === undefined ? { error_code: 'NOT_FOUND' } : await answer(before);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const DATABRICKS_HOST = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, env: { DATABRICKS_HOST, DATABRICKS_TOKEN: 'token-1' } };
}

describe.runIf(hasPostgres)('in a folder of others', { timeout: PATIENCE_MS }, () => {
  /** The person's own program is on `PATH`; the folder's is named by its file. */
  async function cloned(answers?: Answers) {
    const { env } = await workspace(answers);
    const { cwd, init, content } = project();
    mkdirSync(path.join(cwd, 'tools'));
    const own = fakeDatabricks(newFolder(), { version: 'current' });
    const theirs = fakeDatabricks(path.join(cwd, 'tools'), { version: 'current' });
    const profiles = path.join(own.folder, 'databrickscfg');
    writeFileSync(profiles, `[cli]\nhost = ${env.DATABRICKS_HOST}\nauth_type = databricks-cli\n`);
    const set = {
      PATH: `${own.folder}${path.delimiter}${process.env.PATH}`,
      DATABRICKS_CONFIG_FILE: profiles,
    };
    const names = `DATABRICKS_CLI_PATH=${theirs.file}\n`;
    const line = (more: string[]) =>
      init(['--profile', 'cli', '--endpoint', PRIMARY, ...more], set);
    return { cwd, own, theirs, names, line, content };
  }

  test.each([
    ['.env', ['--yes']],
    ['.env.local', ['--yes']],
    ['.env.local', ['--yes', '--file', '.env.local']],
    ['.env.local', ['--print', '--file', './.env.local']],
    ['.env', ['--yes', '--file', '.env']],
    ['mine', ['--yes', '--file', 'mine']],
    ['sub/.env', ['--yes', '--file', 'sub/mine']],
  ])('no program is run that %s names, with %j', async (file, more) => {
    const { cwd, own, theirs, names, line } = await cloned();
    mkdirSync(path.join(cwd, 'sub'));
    writeFileSync(path.join(cwd, file), names);
    const { stdout, stderr } = await line(more);
    expect(stderr).toContain(`Note: ${path.normalize(file)} sets DATABRICKS_CLI_PATH: ignored`);
    expect(stderr).toContain('If that is to count, set it in this shell');
    if (more.includes('--yes')) expect(stdout).toContain('✓ access token');
    expect(theirs.calls()).toEqual([]);
    expect(own.calls()).not.toEqual([]);
  });

  test('verify believes what init has written, and nothing else of the file', async () => {
    const host = 'db.internal.test';
    const answers = { primary: () => ({ status: { hosts: { host } } }) };
    const { cwd, line, content } = await cloned(answers);
    const written = await line(['--yes']);
    expect(content()).toContain(`PGHOST=${host}\n`);
    expect(written.stdout).toMatch(/PGHOST +db\.internal\.test +\.env\.local/);
    expect(written.stdout).toContain('✓ Postgres token');
    writeFileSync(path.join(cwd, '.env.local'), `${content()}PGHOSTADDR=192.0.2.1\n`);
    const { stderr } = await line(['--yes']);
    expect(stderr).toContain("PGHOSTADDR in .env.local is neither Databricks' own host");
  });

  test('verify reads the file that was written, with a stricter mode as it stands there', async () => {
    const { cwd, line } = await cloned();
    writeFileSync(path.join(cwd, '.env'), 'PGUSER=old\n');
    writeFileSync(path.join(cwd, 'mine'), 'PGSSLMODE=verify-full\n');
    const { stdout, stderr } = await line(['--yes', '--file', 'mine']);
    expect(stderr).toContain('\nverify, with mine, then .env\n');
    expect(stdout).toMatch(/PGSSLMODE +verify-full +mine/);
    expect(stdout).toMatch(/PGUSER +me@example.test +mine/);
  });
});

describe.runIf(hasPostgres)('of a workspace that says anything', { timeout: PATIENCE_MS }, () => {
  test.each([
    [
      'me\nDATABRICKS_TOKEN=stolen',
      /PGUSER would be me DATABRICKS_TOKEN=stolen, which has .*--user/,
    ],
    ['me\u001b[2J', /PGUSER would be me.\[2J, which has characters in it that nobody sees/],
    ['me\u202Eti', /PGUSER would be me.ti, which has/],
    ['$HOME', /PGUSER would be \$HOME, which cannot be written .* Name another with --user/],
    ["it's $(me)", /PGUSER would be it's \$\(me\), which cannot be written/],
  ])('the user %j goes nowhere', async (userName, message) => {
    const { init, file } = project();
    const { env } = await workspace({ Me: () => ({ userName }) });
    for (const how of ['--yes', '--print']) {
      const { code, stdout, stderr } = await init([how], env);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/\n {4}at /);
      expect([code, stdout]).toEqual([1, '']);
    }
    expect(existsSync(file)).toBe(false);
  });

  test('a database, a profile and an endpoint are looked at as a user is', async () => {
    const { init, cwd } = project();
    const { env } = await workspace({ databases: () => ({ databases: [database('a$b')] }) });
    expect((await init(['--print'], env)).stderr).toMatch(/PGDATABASE would be a\$b.* --database/);
    const named = await init(['--print', '--endpoint', `${PRIMARY}$x`], env);
    expect(named.stderr).toMatch(/404/);
    const odd = path.join(cwd, 'odd');
    writeFileSync(odd, `[a$b]\nhost = ${env.DATABRICKS_HOST}\ntoken = token-1\n`);
    const line = ['--print', '--profile', 'a$b'];
    const { code, stderr } = await init(line, { DATABRICKS_CONFIG_FILE: odd });
    expect(stderr).toMatch(/DATABRICKS_CONFIG_PROFILE would be a\$b.* Name another with --profile/);
    expect(code).toBe(1);
  });

  test.each([
    ['$(touch pwned)', "PGUSER='$(touch pwned)'\n"],
    ['a;touch pwned', 'PGUSER="a;touch pwned"\n'],
  ])('%j is no command of a shell', async (userName, line) => {
    const { env } = await workspace({ Me: () => ({ userName }) });
    expect((await project().init(['--print'], env)).stdout).toContain(line);
  });

  test.each<[string, Answers, RegExp]>([
    ['an endpoint', { primary: () => null }, /tells no host of .*ERR_LAKEBASE_PROTOCOL/],
    ['an endpoint', { primary: () => ({ status: null }) }, /tells no host of/],
    ['who asks', { Me: () => null }, /--user: The workspace does not tell who asks/],
    [
      'a status',
      { projects: () => ({ projects: ['a', 'b'].map((name) => ({ name, status: null })) }) },
      /Name the project with --project\. There are: a, b\./,
    ],
    [
      'a name to show',
      {
        projects: () => ({
          projects: ['a', 'b'].map((name) => ({ name, status: { display_name: {} } })),
        }),
      },
      /There are: a, b\./,
    ],
    ['a list', { projects: () => null }, /There are no projects of the workspace/],
  ])('%s that is nothing is told without a stack', async (_, answers, message) => {
    const { env } = await workspace(answers);
    const { stdout, stderr } = await project().init(['--print'], env);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at |\[object/);
    expect(stdout).toBe('');
  });

  test('a database without a name is none', async () => {
    const { env } = await workspace({ databases: () => ({ databases: [database({})] }) });
    const { stdout } = await project().init(['--print'], env);
    expect(stdout).toContain('PGDATABASE=databricks_postgres\n');
  });
});

describe.runIf(hasPostgres)('of a list without an end', { timeout: PATIENCE_MS }, () => {
  const page = (names: string[], next: string) => ({
    projects: names.map((name) => ({ name: `projects/${name}` })),
    next_page_token: next,
  });

  test.each<[string, (asked: number) => unknown, number]>([
    ['of empty pages', (asked) => page([], `page-${asked}`), 50],
    ['of the same page', () => page(['shop', 'other'], 'again'), 2],
  ])('%s a few pages are read', async (_, projects, pages) => {
    const { env, asked } = await workspace({ projects });
    const { code } = await project().init(['--print'], env);
    expect(code).toBeGreaterThan(0);
    expect(asked).toHaveLength(pages);
  });

  test('one that is named is found, and that there are more is told', async () => {
    const names = (asked: number) => Array.from({ length: 100 }, (_, at) => `p-${asked}-${at}`);
    const { env } = await workspace({
      projects: (asked) => page(names(asked), `page-${asked}`),
      branches: () => ({ branches: [{ name: 'projects/shop/branches/production' }] }),
    });
    const found = await project().init(['--project', 'shop', '--print'], env);
    expect(found.stdout).toContain(`LAKEBASE_ENDPOINT=${PRIMARY}\n`);
    const { stderr } = await project().init(['--print'], env);
    expect(stderr).toContain('Note: there are more projects than these. --project takes any of');
    expect(stderr).toContain('Name the project with --project. There are: p-');
  });
});

test('a variable that names no profile is told', { timeout: PATIENCE_MS }, async () => {
  const { init } = project();
  const { stderr } = await init(['--print'], { DATABRICKS_CONFIG_PROFILE: 'gone' });
  expect(stderr).toMatch(/Note: .* has no profile gone, which DATABRICKS_CONFIG_PROFILE names\./);
  expect(stderr).toContain('Name the profile with --profile. There are: dev, prod.');
});

describe.runIf(hasScript && hasPostgres)('on a terminal, too', { timeout: PATIENCE_MS }, () => {
  test('nothing of a name reaches the terminal but what is seen', async () => {
    const names = ['one\u001b]0;pwned\u0007\u001b[2J', 'two\nWrite .env.local? [Y/n] y'];
    const { env } = await workspace({ databases: () => ({ databases: names.map(database) }) });
    const { stdout } = await project().onScreen([], [['Which database?', '\u0004']], env);
    expect(stdout).toMatch(/1 {2}one.\]0;pwned..\[2J/);
    expect(stdout).toMatch(/2 {2}two Write \.env\.local\?/);
    for (const obeyed of ['\u001b]0', '\u001b[2J', '\u0007']) expect(stdout).not.toContain(obeyed);
  });

  test('an edit made while it asks is kept, and what it would replace is shown again', async () => {
    const { onScreen, content, file } = project('A=1\n');
    const edit = (line: string) => () => {
      writeFileSync(file, `${content()}${line}\n`);
      return 'y\n';
    };
    const { stdout } = await onScreen(
      ['--profile', 'dev', ...CHOSEN],
      [
        ['Write .env.local? [Y/n]', edit('MINE=precious')],
        ['Wrote', ''],
      ],
    );
    expect(content()).toBe(`A=1\nMINE=precious\n${DEV}`);
    expect(stdout).toContain('✓ Postgres login');

    writeFileSync(file, 'A=1\n');
    const again = await onScreen(
      ['--profile', 'dev', ...CHOSEN],
      [
        ['Write .env.local? [Y/n]', edit('PGUSER=mine')],
        ['Write .env.local? [Y/n]', 'n\n'],
      ],
    );
    expect(again.stdout).toContain('.env.local is another one now.');
    expect(again.stdout).toContain('~ PGUSER=app  in place of mine');
    expect(content()).toBe('A=1\nPGUSER=mine\n');
  });

  test.each([[[]], [['--yes']]])('Ctrl+D during a request ends it, with %j', async (line) => {
    const { onScreen, file } = project();
    // It never answers.
    const { env, asked } = await workspace({ projects: () => new Promise(() => {}) });
    const { code, stdout } = await onScreen(line, [['Looking up the projects', '\u0004']], env);
    expect(stdout).toContain('Nothing was written.');
    expect(code).toBe(1);
    expect(asked).toEqual(['projects']);
    expect(existsSync(file)).toBe(false);
  });

  test('what moves while it waits takes one line, however narrow the terminal is', async () => {
    const { cwd } = project();
    const slowly = () =>
      new Promise((later) => setTimeout(() => later(USUAL.projects?.(0)), 1_000));
    const { env } = await workspace({ projects: slowly });
    const { stdout } = await onTerminal(['init', '--print'], { cwd, env, columns: 20 });
    const frames = stdout.split('\u001b[2K').filter((frame) => frame.includes('Looking up'));
    const plain = frames.map((frame) => frame.split('\u001b[2m')[1]?.split('\u001b[0m')[0]);
    expect(plain.length).toBeGreaterThan(0);
    for (const frame of plain) expect(frame).toMatch(/^. Looking up the p?\w*$/);
    for (const frame of plain) expect(frame?.length).toBeLessThan(20);
  });

  test('lines that are pasted together answer one question each', async () => {
    const { onScreen, content } = project();
    const pasted = 'dev\nshop\nproduction\nprimary\n\ny\n';
    const { stdout } = await onScreen([], [['Which profile?', pasted]]);
    expect(stdout).toContain('Wrote .env.local.');
    expect(content()).toBe(DEV);
  });

  test('Enter that nobody asked for writes nothing', async () => {
    const { onScreen, file } = project();
    const { stdout } = await onScreen(
      ['--profile', 'dev', ...CHOSEN.slice(0, 4)],
      [
        ['Which endpoint?', 'primary\n\n\n'],
        ['Write .env.local? [Y/n]', 'n\n'],
      ],
    );
    expect(stdout).toContain('Nothing was written.');
    expect(existsSync(file)).toBe(false);
  });
});
