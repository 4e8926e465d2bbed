// Makes ready what is measured: each candidate in a folder of its own, installed as a user would.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import target from '../js/target.js';
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
  return NAMES.map((name) => installCandidate(path.join(parent, name), name, install[name]));
}

/** This package as it was at `commit`, as `npm run build` built it then. */
export function installBefore(parent, commit) {
  const checkout = path.join(parent, 'checkout');
  run('git', ['clone', '--quiet', '--shared', '--no-checkout', ROOT, checkout]);
  run('git', ['checkout', '--quiet', '--detach', commit], { cwd: checkout });
  // Kept, so that the next run builds nothing.
  const env = { ...process.env, CARGO_TARGET_DIR: path.join(ROOT, 'target/before') };
  npm(['run', 'build'], { cwd: checkout, env });
  // Where every commit packs it.
  const dist = path.join(checkout, 'dist');
  npm(['run', 'pack', '--', '.'], {
    cwd: checkout,
    env: { ...env, LAKEBASE_TOKEN_DIST: dist },
  });
  const install = (folder) => installTarballs(folder, dist);
  return { ...installCandidate(path.join(parent, 'before'), 'ours', install), name: commit };
}

function installCandidate(folder, name, install) {
  mkdirSync(folder);
  install(folder);
  const module = path.join(folder, 'candidate.mjs');
  const commonjs = path.join(folder, 'candidate.cjs');
  cpSync(path.join(BENCH, 'candidates', `${name}.mjs`), module);
  writeFileSync(commonjs, asCommonJs(readFileSync(module, 'utf8')));
  return { name, folder, module: pathToFileURL(module).href, commonjs };
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

function installOurs(folder) {
  const dist = path.join(path.dirname(folder), 'dist');
  npm(['run', 'pack', '--', '.'], {
    cwd: ROOT,
    env: { ...process.env, LAKEBASE_TOKEN_DIST: dist },
  });
  installTarballs(folder, dist);
}

/** What is published, not a link into a repository. */
function installTarballs(folder, dist) {
  const tarballs = readdirSync(dist).filter((file) => file.endsWith('.tgz'));
  const files = tarballs.map((file) => path.join(dist, file));
  npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', ...files], { cwd: folder });
}

/** Each candidate with the URL of its `pool`, a module. All in one folder, for they share one `pg`. */
export function installPools(parent, candidates) {
  const folder = path.join(parent, 'all');
  for (const candidate of candidates) cpSync(candidate.folder, folder, { recursive: true });
  for (const part of ['candidates', 'pools']) {
    cpSync(path.join(BENCH, part), path.join(folder, part), { recursive: true });
  }
  const poolOf = (name) => pathToFileURL(path.join(folder, 'pools', `${name}.mjs`)).href;
  return candidates.map((candidate) => ({ ...candidate, pool: poolOf(candidate.name) }));
}

/** The addon of this package as a candidate has installed it. */
export function addonOf({ folder }) {
  const name = target.hostTarget();
  return path.join(folder, 'node_modules/@lakebase-token', name, `lakebase-token.${name}.node`);
}

/**
 * A package that does nothing but open the addon of this one: what Node.js itself takes to find a package with
 * `exports` by its name.
 */
export function installBarePackage(parent, ours) {
  const name = 'bare-package';
  const folder = path.join(parent, 'bare/node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, exports: './index.js' }));
  writeFileSync(
    path.join(folder, 'index.js'),
    `const opened = { exports: {} };
process.dlopen(opened, ${JSON.stringify(addonOf(ours))});
exports.getLakebasePostgresToken = () => opened.exports.token(process.env);
`,
  );
  const commonjs = path.join(parent, 'bare/candidate.cjs');
  writeFileSync(commonjs, `module.exports = require('${name}');\n`);
  return { name: 'a bare package', commonjs };
}

/** The simulation of a fleet, so that its measurement only has to run it. */
export function buildHerd() {
  require('../scripts/prepare.js').requireCargo();
  run('cargo', ['build', '--quiet', '--locked', '--example', 'herd'], { cwd: ROOT });
}
