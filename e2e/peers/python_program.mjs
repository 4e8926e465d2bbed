// Python with Databricks' SDK, which does what it is told.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const HERE = path.join(import.meta.dirname, 'python');
const REQUIREMENTS = path.join(HERE, 'requirements.txt');
const ENVIRONMENT = path.join(import.meta.dirname, '../../target/peers-python');

/**
 * Asks the SDK for one thing after another. In its home there is a profile, named `other`.
 * @param {(ask: (told: Told) => Promise<unknown>) => Promise<void>} use
 *
 * @typedef {{ env: Record<string, string>, call: string, config?: object, arguments?: object }} Told
 */
export async function withPython(use) {
  const python = pythonWithSdk();
  const home = mkdtempSync(path.join(tmpdir(), 'lakebase-token-peers-'));
  writeFileSync(path.join(home, '.databrickscfg'), PROFILE);
  const env = { PATH: process.env.PATH, HOME: home, NO_PROXY: '127.0.0.1' };
  const program = spawn(python, [path.join(HERE, 'client.py')], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  try {
    await use(async ({ config = {}, arguments: given = {}, ...told }) => {
      program.stdin.write(`${JSON.stringify({ ...told, config, arguments: given })}\n`);
      const { done, value } = await lines.next();
      if (done) throw new Error('Python ended.');
      const { result, error } = JSON.parse(value);
      if (error !== undefined) throw new Error(error);
      return result;
    });
  } finally {
    program.kill();
    rmSync(home, { recursive: true });
  }
}

/** The program of an environment that has the SDK, made where it is not there yet. */
function pythonWithSdk() {
  const note = path.join(ENVIRONMENT, 'made-from');
  const made = readFileSync(REQUIREMENTS, 'utf8') + run('python3', ['--version']);
  const python = path.join(ENVIRONMENT, 'bin', 'python3');
  if (!existsSync(note) || readFileSync(note, 'utf8') !== made) {
    rmSync(ENVIRONMENT, { recursive: true, force: true });
    mkdirSync(path.dirname(ENVIRONMENT), { recursive: true });
    run('python3', ['-m', 'venv', ENVIRONMENT], 'Install what makes them (Debian: python3-venv).');
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    const pinned = ['--require-hashes', '--only-binary', ':all:', '-r', REQUIREMENTS];
    run(python, [...install, ...pinned], 'PyPI has to be in reach, once.');
    writeFileSync(note, made);
  }
  return python;
}

/** @param {string} program @param {string[]} line @param {string} advice */
function run(program, line, advice = 'Install Python 3.10 or later.') {
  const { status, error, stdout, stderr } = spawnSync(program, line, { encoding: 'utf8' });
  if (status === 0) return stdout;
  const said = error?.message ?? `${stdout}${stderr}`.trim();
  throw new Error(
    `The check of Databricks' SDK for Python lacks its environment. ${advice}\n${said}`,
  );
}

const PROFILE = `[other]
host = https://profile.test
token = personal-token-of-a-profile
`;
