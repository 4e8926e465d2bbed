import { expect, test, vi } from 'vitest';
import { binaryMissing, type Failure } from '../js/binary_missing.js';
import { runProgram } from './support/programs';

type System = import('../js/target.js').System;

const DEBIAN: System = { platform: 'linux', arch: 'x64', libc: 'glibc', libcVersion: '2.36' };
const ALPINE: System = { platform: 'linux', arch: 'arm64', libc: 'musl' };
const PREBUILT = ['linux-x64-gnu', 'linux-arm64-musl', 'darwin-arm64'].map(packageOf);

function packageOf(target: string) {
  return `@lakebase-token/${target}`;
}

function absent(target: string): Failure {
  const candidate = packageOf(target);
  const error = new Error(`Cannot find module '${candidate}'\nRequire stack:\n- index.js`);
  return { target, candidate, error: Object.assign(error, { code: 'MODULE_NOT_FOUND' }) };
}

function unusable(target: string, message: string): Failure {
  const error = Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' });
  return { target, candidate: packageOf(target), error };
}

test('a package that was not installed is named, with every way to lose it', () => {
  const error = binaryMissing(
    [absent('linux-x64-gnu'), absent('linux-x64-musl')],
    DEBIAN,
    PREBUILT,
  );
  expect(error).toMatchObject({
    name: 'LakebaseTokenError',
    code: 'ERR_LAKEBASE_BINARY_MISSING',
    retryable: false,
  });
  for (const part of [
    `on linux x64 glibc 2.36 (Node.js ${process.version})`,
    'The package @lakebase-token/linux-x64-gnu is not installed',
    '--omit=optional',
    'npm/cli#4828',
    'npm install --os=linux --cpu=x64 --libc=glibc',
    "serverExternalPackages: ['lakebase-token']",
    'Looked for: @lakebase-token/linux-x64-gnu, @lakebase-token/linux-x64-musl.',
  ]) {
    expect(error.message).toContain(part);
  }
  expect(error.message).not.toContain('Rust');
  expect(error).not.toHaveProperty('cause');
});

test.each([
  [ALPINE, '@lakebase-token/linux-arm64-musl', '--os=linux --cpu=arm64 --libc=musl'],
  [
    { platform: 'darwin', arch: 'arm64' },
    '@lakebase-token/darwin-arm64',
    '--os=darwin --cpu=arm64.',
  ],
])('on %j the package is %s', (system, name, flags) => {
  const { message } = binaryMissing([absent('x')], system, PREBUILT);
  expect(message).toContain(`The package ${name} is not installed`);
  expect(message).toContain(`npm install ${flags}`);
});

test('a platform without a prebuilt binary is told how to build one', () => {
  const system = { platform: 'freebsd', arch: 'riscv64' };
  const { message } = binaryMissing([absent('freebsd-riscv64')], system, PREBUILT);
  expect(message).toContain('on freebsd riscv64');
  expect(message).toContain('There is no prebuilt one, so build one in a clone');
  expect(message).toContain('npm ci && npm pack');
});

test('a binary of the other C library is told from a broken one', () => {
  const loader = 'Error loading shared library ld-linux-aarch64.so.1: No such file or directory';
  const foreign = unusable('linux-arm64-gnu', `${loader}.\nmore`);
  const error = binaryMissing([foreign, absent('linux-arm64-musl')], ALPINE, PREBUILT);
  expect(error.message).toContain(`@lakebase-token/linux-arm64-gnu: ${loader}. `);
  expect(error.message).toContain('another C library than musl');
  expect(error.message).toContain('--libc=musl');
  expect(error.cause).toBe(foreign.error);
});

test('a binary that this system is too old for, or that is damaged, says so itself', () => {
  const reason = "/lib/libc.so.6: version `GLIBC_2.99' not found";
  const failures = [unusable('linux-x64-gnu', reason), absent('linux-x64-musl')];
  const { message } = binaryMissing(failures, DEBIAN, PREBUILT);
  expect(message).toContain(reason);
  expect(message).toContain('Reinstall it. If this system is older than the binary supports');
});

test('what Windows says of a binary that it cannot load is told in a line', () => {
  const binary = '@lakebase-token/win32-x64-msvc';
  const failure = unusable('win32-x64-msvc', 'Module not found.\r\n\\\\?\\C:\\app\\a.node');
  const windows = { platform: 'win32', arch: 'x64' };
  const { message } = binaryMissing([failure], windows, [binary]);
  expect(message).toContain(`${binary}: Module not found. Reinstall it.`);
});

test.each([
  [true, 'Start Node.js with --allow-addons'],
  [false, 'Start Node.js without --no-addons'],
])(
  'Node.js that loads no addons is to be started otherwise; with permissions: %j',
  (has, advice) => {
    if (has) vi.stubGlobal('process', Object.assign(Object.create(process), { permission: {} }));
    const message = 'Cannot load native addon because loading addons is disabled.';
    const error = Object.assign(new Error(message), { code: 'ERR_DLOPEN_DISABLED' });
    const failures = ['linux-x64-gnu', 'linux-x64-musl'].map((target) => ({
      ...unusable(target, ''),
      error,
    }));
    const missing = binaryMissing(failures, DEBIAN, PREBUILT);
    vi.unstubAllGlobals();
    expect(missing.message).toContain(`${message} ${advice}`);
    expect(missing.message).not.toMatch(/Reinstall|clone/);
    expect(missing.cause).toBe(error);
  },
);

test('Node.js that was really started without addons says so itself', async () => {
  const { stdout, stderr } = await runProgram(
    `import { getLakebasePostgresToken } from 'lakebase-token';
    await getLakebasePostgresToken().catch(({ code, message }) => console.log(code, message));`,
    {},
    ['--no-addons'],
  );
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^ERR_LAKEBASE_BINARY_MISSING .* Start Node\.js without --no-addons/);
});

test('files that a bundler has taken out of their package say so', () => {
  const { message } = binaryMissing([absent('x')], DEBIAN, null);
  expect(message).toContain('A bundler or a standalone build left lakebase-token behind.');
  expect(message).toContain("serverExternalPackages: ['lakebase-token']");
  expect(message).not.toMatch(/Reinstall|clone|omit/);
});

test('this very system is described', () => {
  const { message } = binaryMissing([absent('x')]);
  expect(message).toContain(`${process.platform} ${process.arch}`);
});

test('where the report is forbidden, as in Deno, there is an explanation all the same', () => {
  const forbidden = vi.spyOn(process.report as NodeJS.ProcessReport, 'getReport');
  forbidden.mockImplementation(() => {
    throw new Error('Requires sys access');
  });
  const { code, message } = binaryMissing([absent('x')]);
  forbidden.mockRestore();
  expect(code).toBe('ERR_LAKEBASE_BINARY_MISSING');
  expect(message).toContain(`on ${process.platform} ${process.arch} (Node.js`);
});
