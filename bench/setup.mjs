// Makes ready what is measured: each candidate in a folder of its own, installed as a user would.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

const BENCH = fileURLToPath(new URL('.', import.meta.url));
const ROOT = path.join(BENCH, '..');

/** In the order of every table. */
export const NAMES = ['recipe', 'official', 'ours'];

/** The libraries that this folder's package.json names. */
export function installLibraries() {
  const wanted = packagesIn(path.join(BENCH, 'package-lock.json'));
  const installed = packagesIn(path.join(BENCH, 'node_modules/.package-lock.json'));
  const isDue = Object.entries(wanted).some(
    ([folder, { version }]) => folder !== '' && installed[folder]?.version !== version,
  );
  if (isDue) npm(BENCH, 'ci', '--ignore-scripts');
}

function packagesIn(lockfile) {
  return existsSync(lockfile) ? JSON.parse(readFileSync(lockfile, 'utf8')).packages : {};
}

/** A folder for the candidates, which the caller removes. */
export function temporaryFolder() {
  return mkdtempSync(path.join(tmpdir(), 'lakebase-token-bench-'));
}

/**
 * Each candidate: the URL of its `module`, the path of the same as `commonjs`, and the `folder` that
 * holds nothing else but its packages.
 */
export function installCandidates(parent) {
  const install = { recipe() {}, official: installOfficial, ours: installOurs };
  return NAMES.map((name) => {
    const folder = path.join(parent, name);
    mkdirSync(folder);
    install[name](folder);
    const module = path.join(folder, 'candidate.mjs');
    const commonjs = path.join(folder, 'candidate.cjs');
    cpSync(path.join(BENCH, 'candidates', `${name}.mjs`), module);
    writeFileSync(commonjs, asCommonJs(readFileSync(module, 'utf8')));
    return { name, folder, module: pathToFileURL(module).href, commonjs };
  });
}

function asCommonJs(source) {
  const { ModuleKind, ScriptTarget, transpileModule } = require('typescript');
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  return transpileModule(source, { compilerOptions }).outputText;
}

/** In the version that e2e/peers checks. Its own folder, because its size is measured. */
function installOfficial(folder) {
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
    cpSync(path.join(ROOT, 'e2e/peers', file), path.join(folder, file));
  }
  npm(folder, 'ci', '--ignore-scripts');
}

/** From the tarballs that are published, not from a link into this repository. */
function installOurs(folder) {
  npm(ROOT, 'run', 'pack', '--', '.');
  const dist = path.join(ROOT, 'dist');
  const tarballs = readdirSync(dist).filter((file) => file.endsWith('.tgz'));
  const files = tarballs.map((file) => path.join(dist, file));
  npm(folder, 'install', '--no-audit', '--no-fund', '--ignore-scripts', ...files);
}

/** The simulation of a fleet, so that its measurement only has to run it. */
export function buildHerd() {
  require('../scripts/prepare.js').requireCargo();
  succeed('cargo', ['build', '--quiet', '--locked', '--example', 'herd'], { cwd: ROOT });
}

function npm(cwd, ...npmArguments) {
  // The npm that runs this program, if one does: on Windows `npm` alone is no program.
  const { npm_execpath: running } = process.env;
  if (running?.endsWith('npm-cli.js')) {
    return succeed(process.execPath, [running, ...npmArguments], { cwd });
  }
  return succeed('npm', npmArguments, { cwd, shell: process.platform === 'win32' });
}

function succeed(program, programArguments, options) {
  const { status, error, stdout, stderr } = spawnSync(program, programArguments, {
    encoding: 'utf8',
    ...options,
  });
  if (status !== 0) {
    const command = [path.basename(program), ...programArguments].join(' ');
    throw new Error(`${command} did not succeed: ${error?.message ?? `${stdout}${stderr}`}`);
  }
}
