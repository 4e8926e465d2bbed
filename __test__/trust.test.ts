import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { getLakebasePostgresToken, type LakebaseTokenError } from 'lakebase-token';
import type { WorkspaceEmulator } from 'lakebase-token/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startProxy } from './support/proxy';
import { startWorkspace, useWorkspace } from './support/workspace';

const keys = path.join(__dirname, 'support', 'tls');
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
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-certificates-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
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
])('the certificate %s is refused when %s is trusted', async (certificate, trusted, reason) => {
  const workspace = await workspaceWith(certificate);
  if (trusted !== 'nothing') vi.stubEnv('NODE_EXTRA_CA_CERTS', file(trusted));
  const error = await rejection();
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_UNAVAILABLE' });
  expect(error.message).toMatch(reason);
  expect(error.message).toContain('NODE_EXTRA_CA_CERTS');
  expect(String(error.cause)).toContain('invalid peer certificate');
  expect(workspace.requests).toHaveLength(0);
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
  expect(message).toMatch(/not trusted for want of NODE_EXTRA_CA_CERTS: .*No such file/);
  expect(message).toContain('not trusted for want of SSL_CERT_FILE: it holds no certificate');

  vi.stubEnv('SSL_CERT_FILE', CA);
  expect(await getLakebasePostgresToken()).toBe(workspace.issuedTokens[0]?.token);
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

test('a proxy that refuses its credentials is named, and they are not shown', async () => {
  const workspace = await workspaceWith('server');
  const proxy = await startProxy(portOf(workspace), 'user:another');
  useWorkspace(workspace, {
    NODE_EXTRA_CA_CERTS: CA,
    HTTPS_PROXY: proxy.url.replace('//', '//user:canary@'),
  });
  const error = await rejection();
  expect(error).toMatchObject({ code: 'ERR_LAKEBASE_UNAVAILABLE' });
  expect(error.message).toMatch(/with HTTPS_PROXY set: .*proxy auth/i);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
  expect(workspace.requests).toHaveLength(0);
});

test('the lower case goes before the upper case, and ALL_PROXY comes last', async () => {
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
});

test.each(['127.0.0.1', '127.0.0.0/8', 'intern.test, 127.0.0.1', '*'])(
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
