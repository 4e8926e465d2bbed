// The app that the tarballs are installed in, away from this repository, and runs of its programs.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

/** Longer than any caller waits, and shorter than a flight may take: a leftover one shows. */
const PATIENCE_MS = 20_000;

export class App {
  #folder = mkdtempSync(path.join(tmpdir(), 'lakebase-token-runtimes-'));

  constructor(tarballs) {
    try {
      this.#install(tarballs);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #install(tarballs) {
    cpSync(path.join(import.meta.dirname, 'app'), this.#folder, { recursive: true });
    const npm = (...args) =>
      execFileSync('npm', [...args, '--ignore-scripts'], { cwd: this.#folder, stdio: 'inherit' });
    npm('ci');
    npm('install', '--no-save', ...tarballs);
    // A second one, as bundlers make them.
    const modules = path.join(this.#folder, 'node_modules');
    cpSync(modules, path.join(this.#folder, 'copy/node_modules'), { recursive: true });
  }

  /** The emulator of the tarball, in this process. */
  get startWorkspaceEmulator() {
    return createRequire(path.join(this.#folder, 'x.js'))('lakebase-token/testing')
      .startWorkspaceEmulator;
  }

  version({ file }) {
    const said = execFileSync(file, ['--version'], { encoding: 'utf8' });
    return /\d+\.\d+\.\d+/.exec(said)[0];
  }

  /** What a case of program.mjs saw; it has to end by itself, cleanly and in silence. */
  async seen(runtime, name, env) {
    return said(await this.run(runtime, [...runtime.run, 'program.mjs', name], env));
  }

  /** Runs the runtime with an environment that holds nothing but this, and waits for its end. */
  async run({ file }, args, env) {
    const { PATH } = process.env;
    const home = { HOME: this.#folder, TMPDIR: this.#folder, NO_COLOR: '1' };
    const child = spawn(file, args, {
      cwd: this.#folder,
      env: { PATH, ...home, DENO_NO_UPDATE_CHECK: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    });
    const [stdout, stderr, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code, signal, stdout, stderr };
  }

  remove() {
    rmSync(this.#folder, { recursive: true });
  }
}

/** What a program said that ended well. */
export function said({ stdout, ...end }) {
  assert.deepEqual(end, { code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}
