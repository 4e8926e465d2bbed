import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect, promisify } from 'node:util';
import { getLakebasePostgresToken, type LakebaseTokenError } from 'lakebase-token';
import type { WorkspaceEmulator } from 'lakebase-token/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Addon, Env } from '../js/addon.d.ts';
import { hasCases, hasFileModes } from './support/platform';
import { startProxy } from './support/proxy';
import { startWorkspace, useWorkspace } from './support/workspace';

const keys = path.join(__dirname, '../support/tls');
const file = (name: string) => path.join(keys, `test-only-${name}.pem`);
const CA = file('ca');

/** A workspace that shows one of the test certificates. */
function workspaceWith(certificate: string): Promise<WorkspaceEmulator> {
  const key = readFileSync(path.join(keys, 'test-only-server.key'), 'utf8');
  return startWorkspace({ tls: { key, cert: readFileSync(file(certificate), 'utf8') } });
}

function rejection(): Promise<LakebaseTokenError> {
  return getLakebasePostgresToken().then(
    () => expect.unreachable('there is a token'),
    (error) => error,
  );
}

const portOf = ({ url }: WorkspaceEmulator) => Number(new URL(url).port);

test.each(['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'])(
  'an authority in %s is trusted',
  async (name) => {
    const workspace = await workspaceWith('server');
    vi.stubEnv(name, CA);
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  },
);

test('an authority in a folder of SSL_CERT_DIR is trusted', async () => {
  const workspace = await workspaceWith('server');
  const folder = temporaryFolder();
  // As OpenSSL names them: a hash of the subject.
  copyFileSync(CA, path.join(folder, '0123abcd.0'));
  vi.stubEnv('SSL_CERT_DIR', `${path.join(folder, 'missing')}${path.delimiter}${folder}`);
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
});

test('a certificate that signed itself is trusted if it is named, as in Node', async () => {
  const workspace = await workspaceWith('self-signed');
  vi.stubEnv('NODE_EXTRA_CA_CERTS', file('self-signed'));
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
});

test('an authority’s own certificate is trusted if it is named itself, as in Node', async () => {
  const workspace = await workspaceWith('own-authority');
  vi.stubEnv('NODE_EXTRA_CA_CERTS', file('own-authority'));
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
});

test('both requests travel on one connection', async () => {
  const workspace = await workspaceWith('server');
  const proxy = await startProxy(portOf(workspace));
  useWorkspace(workspace, { NODE_EXTRA_CA_CERTS: CA, HTTPS_PROXY: proxy.url });
  await getLakebasePostgresToken();
  expect(workspace.requests).toHaveLength(2);
  expect(proxy.tunnels).toHaveLength(1);
});

test.each([
  ['server', 'nothing', /not signed by an authority that is trusted/],
  ['self-signed', 'nothing', /not signed by an authority that is trusted/],
  ['self-signed', 'ca', /not signed by an authority that is trusted/],
  ['expired', 'ca', /its certificate has expired/],
  ['other-host', 'ca', /its certificate is for another host/],
  ['own-authority', 'ca', /an authority's own, which is trusted only if it is named itself/],
  ['own-authority-expired', 'own-authority-expired', /its certificate has expired/],
  ['own-authority-other-host', 'own-authority-other-host', /its certificate is for another host/],
])('the certificate %s is refused when %s is trusted', async (certificate, trusted, reason) => {
  const workspace = await workspaceWith(certificate);
  if (trusted !== 'nothing') vi.stubEnv('NODE_EXTRA_CA_CERTS', file(trusted));
  const error = await rejection();
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_UNAVAILABLE', retryable: false });
  expect(error.message).toMatch(reason);
  expect(error.message).toContain('NODE_EXTRA_CA_CERTS');
  expect(error.message).toContain('NODE_USE_SYSTEM_CA=1');
  expect(String(error.cause)).toContain('invalid peer certificate');
  expect(workspace.requests).toHaveLength(0);
});

test('a certificate that names no host is told what it lacks', async () => {
  await workspaceWith('nameless');
  vi.stubEnv('NODE_EXTRA_CA_CERTS', file('nameless'));
  const error = await rejection();
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_UNAVAILABLE', retryable: false });
  expect(error.message).toContain('its certificate names no host: it has no subjectAltName. Have');
});

test('the option of Node for the system’s certificates is heeded wherever it stands', () => {
  const { inspect: inspected } = require('lakebase-token/native') as Addon;
  const set = {
    DATABRICKS_HOST: 'workspace.test',
    DATABRICKS_TOKEN: 'token-1',
    LAKEBASE_ENDPOINT: 'projects/p/branches/b/endpoints/e',
  };
  const isTrusted = (more: Env) => {
    const found = inspected({ ...set, ...more });
    return found.error === undefined && found.trustsSystem;
  };
  const before = process.execArgv;
  onTestFinished(() => {
    process.execArgv = before;
  });
  process.execArgv = ['--title=x'];
  expect(isTrusted({})).toBe(false);
  expect(isTrusted({ NODE_USE_SYSTEM_CA: '1' })).toBe(true);
  expect(isTrusted({ NODE_OPTIONS: '--title="x y" --use-system-ca' })).toBe(true);
  process.execArgv = ['--title=x', '--use-system-ca'];
  expect(isTrusted({})).toBe(true);
  process.execArgv = ['--no-use-system-ca'];
  expect(isTrusted({ NODE_OPTIONS: '--use-system-ca', NODE_USE_SYSTEM_CA: '1' })).toBe(false);
  // Whatever stands there, it stops nobody.
  for (const odd of [
    null,
    7,
    {
      get 0() {
        throw new Error('on purpose');
      },
    },
  ]) {
    process.execArgv = odd as unknown as string[];
    expect(isTrusted({ NODE_USE_SYSTEM_CA: '1' })).toBe(true);
  }
});

describe('a relative path', () => {
  const program = (steps: string) => `
    const { getLakebasePostgresToken } = require(${JSON.stringify(path.join(__dirname, '..'))});
    ${steps}
    getLakebasePostgresToken().then(
      () => console.log('a token'),
      (error) => console.log(error.message),
    );
  `;

  /** What a process says that begins in a folder with `certs/ca.pem`. */
  async function said(steps: string, changes: Env, before = '') {
    const workspace = await workspaceWith('server');
    const folder = realpathSync(temporaryFolder());
    mkdirSync(path.join(folder, 'certs'));
    copyFileSync(CA, path.join(folder, 'certs/ca.pem'));
    const env = {
      ...process.env,
      ...workspace.env,
      SSL_CERT_FILE: '',
      SSL_CERT_DIR: '',
      NODE_EXTRA_CA_CERTS: 'certs/ca.pem',
      ...changes,
      ...(changes.PWD === 'the folder' ? { PWD: folder } : {}),
    };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['-e', before + program(steps)],
      { cwd: folder, env },
    );
    return { stdout, folder };
  }

  const leave = `process.chdir(require('node:os').tmpdir());`;

  test.each([
    ['the current folder', '', {}, ''],
    ['the folder of the import', leave, { PWD: '/' }, ''],
    ['the folder in which a shell started the process', '', { PWD: 'the folder' }, leave],
  ])('is looked for in %s', async (_place, steps, changes, before) => {
    expect((await said(steps, changes, before)).stdout).toBe('a token\n');
  });

  test('that is nowhere is told with all the folders', async () => {
    const shell = path.resolve('/shell');
    const changes = { PWD: shell, NODE_EXTRA_CA_CERTS: 'missing/ca.pem' };
    const { stdout, folder } = await said(leave, changes);
    const current = realpathSync(tmpdir());
    expect(stdout).toContain(` at 'missing/ca.pem' in ${folder}, or ${shell}, or ${current}`);
  });
});

test('Node’s switch for insecure TLS is not heeded', async () => {
  const workspace = await workspaceWith('server');
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  expect(await rejection()).toMatchObject({ code: 'ERR_LAKEBASE_UNAVAILABLE' });
  expect(workspace.requests).toHaveLength(0);
});

test('certificates that cannot be read explain the failure, and only then matter', async () => {
  const workspace = await workspaceWith('server');
  vi.stubEnv('NODE_EXTRA_CA_CERTS', path.join(keys, 'missing.pem'));
  vi.stubEnv('SSL_CERT_FILE', path.join(keys, 'README.md'));
  const { message } = await rejection();
  expect(message).toMatch(/not trusted for want of NODE_EXTRA_CA_CERTS: .*\(os error 2\)/);
  expect(message).toContain('not trusted for want of SSL_CERT_FILE: it holds no certificate');

  vi.stubEnv('SSL_CERT_FILE', CA);
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
});

/** A folder until the test ends. */
function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-certificates-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test.each([
  ['nothing', ''],
  ['spaces', ' '],
  ['the two characters \\n', '\\n'],
])('a key in a file that has %s for line breaks is in no error', async (_name, lineBreak) => {
  await workspaceWith('server');
  const key = readFileSync(path.join(keys, 'test-only-server.key'), 'utf8');
  const lost = path.join(temporaryFolder(), 'key-and-certificate.pem');
  writeFileSync(lost, (key + readFileSync(CA, 'utf8')).replaceAll('\n', lineBreak));
  vi.stubEnv('NODE_EXTRA_CA_CERTS', lost);
  const error = await rejection();
  expect(error.message).toContain(
    'NODE_EXTRA_CA_CERTS: it is not PEM: its line breaks are missing',
  );
  const shown = inspect(error, { depth: 9, showHidden: true });
  const [, canary = ''] = key.split('\n');
  expect(canary).toHaveLength(64);
  expect(shown).not.toContain(canary.slice(0, 12));
  expect(shown).not.toContain([...Buffer.from(canary.slice(0, 12))].join(', '));
});

test.runIf(hasFileModes)('a pipe in place of a certificate file stops nobody', async () => {
  await workspaceWith('server');
  const pipe = path.join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  vi.stubEnv('NODE_EXTRA_CA_CERTS', pipe);
  const refused = rejection();
  const healthy = await startWorkspace();
  expect(await getLakebasePostgresToken()).toBe(healthy.issuedTokens[0]?.token);
  expect((await refused).message).toContain('NODE_EXTRA_CA_CERTS: it is not a regular file');
});

test('a proxy is asked for a tunnel to the workspace, with its credentials', async () => {
  const workspace = await workspaceWith('server');
  const proxy = await startProxy(portOf(workspace), 'user:p@ss w+rd');
  useWorkspace(workspace, {
    DATABRICKS_HOST: 'https://workspace.test',
    NODE_EXTRA_CA_CERTS: CA,
    HTTPS_PROXY: proxy.url.replace('//', '//user:p%40ss%20w+rd@'),
  });
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  expect(proxy.tunnels).toEqual([
    { authority: 'workspace.test:443', credentials: 'user:p@ss w+rd' },
  ]);
});

test('a host that needs no proxy may be named with its port', async () => {
  const workspace = await workspaceWith('server');
  const proxy = await startProxy(portOf(workspace));
  const past = `127.0.0.1:${portOf(workspace)}`;
  useWorkspace(workspace, { NODE_EXTRA_CA_CERTS: CA, HTTPS_PROXY: proxy.url, NO_PROXY: past });
  await getLakebasePostgresToken();
  expect(proxy.tunnels).toHaveLength(0);
});

test('a proxy that refuses its credentials is named, and they are not shown', async () => {
  const workspace = await workspaceWith('server');
  const proxy = await startProxy(portOf(workspace), 'user:another');
  useWorkspace(workspace, {
    NODE_EXTRA_CA_CERTS: CA,
    HTTPS_PROXY: proxy.url.replace('//', '//user:canary@'),
  });
  const error = await rejection();
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_UNAVAILABLE', retryable: false });
  expect(error.message).toMatch(/the proxy of HTTPS_PROXY refuses its user or password\. Correct/i);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
  expect(workspace.requests).toHaveLength(0);
  expect(proxy.tunnels).toHaveLength(1);
});

test('a proxy that asks for credentials where there are none is asked once', async () => {
  const workspace = await workspaceWith('server');
  const proxy = await startProxy(portOf(workspace), 'user:another');
  useWorkspace(workspace, { NODE_EXTRA_CA_CERTS: CA, HTTPS_PROXY: proxy.url });
  const error = await rejection();
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_UNAVAILABLE', retryable: false });
  expect(error.message).toMatch(
    /asks for a user and a password, and HTTPS_PROXY has none\. Write/i,
  );
  expect(proxy.tunnels).toHaveLength(1);
});

test('a wrong password is presented to a proxy twice, however many ask, and a right one at once', async () => {
  const workspace = await workspaceWith('server');
  const [wrong, right] = [`wrong-${randomUUID()}`, `right-${randomUUID()}`];
  const proxy = await startProxy(portOf(workspace), `user:${right}`);
  const to = (password: string) => proxy.url.replace('//', `//user:${password}@`);
  useWorkspace(workspace, { NODE_EXTRA_CA_CERTS: CA, HTTPS_PROXY: to(wrong) });
  const endpoints = Array.from({ length: 10 }, (_, index) => {
    return `projects/project-${index}/branches/main/endpoints/primary`;
  });
  for (let round = 0; round < 3; round += 1) {
    const calls = endpoints.map((endpoint) => {
      vi.stubEnv('LAKEBASE_ENDPOINT', endpoint);
      return rejection();
    });
    for (const { message } of await Promise.all(calls)) {
      expect(message).toMatch(/the proxy of HTTPS_PROXY refuses its user or password/i);
    }
    expect(proxy.tunnels).toHaveLength(2);
  }

  useWorkspace(workspace, { HTTPS_PROXY: to(right) });
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  expect(proxy.tunnels).toHaveLength(3);
});

test.runIf(hasCases)(
  'the lower case goes before the upper case, and ALL_PROXY comes last',
  async () => {
    const workspace = await workspaceWith('server');
    const proxy = await startProxy(portOf(workspace));
    const unused = await startProxy(portOf(workspace));
    const only = { DATABRICKS_HOST: 'https://workspace.test', NODE_EXTRA_CA_CERTS: CA };
    useWorkspace(workspace, {
      ...only,
      https_proxy: proxy.url,
      HTTPS_PROXY: unused.url,
      ALL_PROXY: unused.url,
    });
    await getLakebasePostgresToken();
    expect([proxy.tunnels.length, unused.tunnels.length]).toEqual([1, 0]);
  },
);

test.each(['127.0.0.1', '127.0.0.0/8', 'intern.test, 127.0.0.1', 'intern.test 127.0.0.1', '*'])(
  'NO_PROXY=%s leads past the proxy',
  async (hosts) => {
    const workspace = await workspaceWith('server');
    const proxy = await startProxy(portOf(workspace));
    useWorkspace(workspace, {
      NODE_EXTRA_CA_CERTS: CA,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: hosts,
    });
    expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
    expect(proxy.tunnels).toHaveLength(0);
  },
);

test('plain http on loopback goes through no proxy', async () => {
  const workspace = await startWorkspace();
  const proxy = await startProxy(portOf(workspace));
  useWorkspace(workspace, { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url });
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
  expect(proxy.tunnels).toHaveLength(0);
});
