// An app of its own, away from this repository, with the tarballs installed; runs its vitest and its tsc.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export class App {
  #folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-vitest-'));
  #node;

  /** @param {string} version the folder with its dependencies: `vitest-4` */
  constructor(version, tarballs) {
    try {
      this.#install(version, tarballs);
    } catch (error) {
      this.remove();
      throw error;
    }
    const own = this.#inModules('node/bin/node');
    this.#node = existsSync(own) ? own : process.execPath;
  }

  #install(version, tarballs) {
    for (const part of ['app', version]) {
      const filter = (file) => path.basename(file) !== 'node_modules';
      cpSync(path.join(import.meta.dirname, part), this.#folder, { recursive: true, filter });
    }
    this.#run('npm', ['ci', '--ignore-scripts']);
    this.#run('npm', ['install', '--no-save', '--ignore-scripts', ...tarballs]);
  }

  write(name, text) {
    writeFileSync(path.join(this.#folder, name), text);
  }

  /** Runs the specs of one pool. What became of every test, by its title; of a failure, why. */
  tests(pool, ...specs) {
    const vitest = this.#inModules('vitest/vitest.mjs');
    const file = path.join(this.#folder, 'report.json');
    rmSync(file, { force: true });
    const line = ['run', `--pool=${pool}`, '--reporter=json', `--outputFile=${file}`, ...specs];
    const { status } = this.#spawn(this.#node, [vitest, ...line]);
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const outcomes = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    return {
      status,
      outcomes: outcomes.map((outcome) => [outcome.title, outcome.status]),
      reasons: outcomes.flatMap(({ failureMessages }) => failureMessages).join('\n'),
    };
  }

  /** What tsc complains of: nothing, if all is well. */
  typeErrors(resolution) {
    const tsc = this.#inModules('typescript/bin/tsc');
    return this.#spawn(this.#node, [tsc, '--project', `tsconfig.${resolution}.json`]).stdout;
  }

  remove() {
    rmSync(this.#folder, { recursive: true });
  }

  #inModules(file) {
    return path.join(this.#folder, 'node_modules', file);
  }

  #run(command, args) {
    const { status, stdout, stderr } = this.#spawn(command, args);
    if (status !== 0) throw new Error(`${command} ${args[0]}: ${stdout}${stderr}`);
  }

  #spawn(command, args) {
    const { PATH, HOME } = process.env;
    // A developer's own token, which must not win against the emulator's identity.
    const env = { PATH, HOME, DATABRICKS_TOKEN: 'somebody-elses-token' };
    const options = { cwd: this.#folder, env, encoding: 'utf8', timeout: 120_000 };
    const ended = spawnSync(command, args, options);
    if (ended.error) throw ended.error;
    return ended;
  }
}
