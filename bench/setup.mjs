// Makes ready what is measured: each candidate in a folder of its own, installed as a user would.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packagesIn } from '../support/lockfile.js';
import { npm, run } from '../support/run.js';

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
  if (isDue) npm(['ci', '--ignore-scripts'], { cwd: BENCH });
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
  npm(['ci', '--ignore-scripts'], { cwd: folder });
}

/** From the tarballs that are published, not from a link into this repository. */
function installOurs(folder) {
  const dist = path.join(path.dirname(folder), 'dist');
  npm(['run', 'pack', '--', '.'], {
    cwd: ROOT,
    env: { ...process.env, LAKEBASE_TOKEN_DIST: dist },
  });
  const tarballs = readdirSync(dist).filter((file) => file.endsWith('.tgz'));
  const files = tarballs.map((file) => path.join(dist, file));
  npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', ...files], { cwd: folder });
}

/** The simulation of a fleet, so that its measurement only has to run it. */
export function buildHerd() {
  require('../scripts/prepare.js').requireCargo();
  run('cargo', ['build', '--quiet', '--locked', '--example', 'herd'], { cwd: ROOT });
}
