// A client with a wall clock of its own, and a workspace in this process, whose clocks are true.
'use strict';

const { fork } = require('node:child_process');
const { once } = require('node:events');
const { openSync, writeFileSync, writeSync } = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { startWorkspaceEmulator } = require('../../js/testing.js');

const NS_PER_MS = 1e6;

/** The monotonic clock, which is the same in every process. */
const now = () => Number(process.hrtime.bigint()) / NS_PER_MS;

/**
 * @typedef {import('lakebase-token/testing').EmulatorOptions} EmulatorOptions
 * @typedef {import('lakebase-token/testing').IssuedToken} IssuedToken
 * @typedef {import('./client.js').Notes} Notes
 *
 * What a client was given, and what it met.
 * @typedef {object} Judgement
 * @property {number} calls
 * @property {Record<string, number>} failures by code
 * @property {number} tokens
 * @property {number} dead
 * @property {number} latestMs
 * @property {number} undecided
 * @property {number} [steps]
 * @property {number} [stops]
 */

/**
 * @param {string} folder where the library is, and where there is room for a file
 * @param {string} program one of client.js
 * @param {EmulatorOptions & { onToken?: (rig: Rig) => void | Promise<void> }} options the emulator's;
 *   `onToken` is called while a Postgres token is being asked for
 */
async function startRig(folder, program, { onToken, ...options } = {}) {
  /** @type {Rig} */
  let rig;
  const workspace = await startWorkspaceEmulator({
    ...options,
    onPostgresToken: async (issued) => {
      rig.issued(issued);
      await onToken?.(rig);
    },
  });
  rig = new Rig(folder, program, workspace);
  await rig.ready();
  return rig;
}

class Rig {
  /**
   * When each token dies, by the monotonic clock.
   * @type {Map<string, number>}
   */
  #expiries = new Map();
  #file;
  #client;
  shiftMs = 0;

  /**
   * @param {string} folder
   * @param {string} program
   * @param {import('lakebase-token/testing').WorkspaceEmulator} workspace
   */
  constructor(folder, program, workspace) {
    this.workspace = workspace;
    const name = path.join(folder, new URL(workspace.url).port);
    writeFileSync(name, Buffer.alloc(8));
    this.#file = openSync(name, 'r+');
    this.#client = fork(path.join(__dirname, 'client.js'), [program], {
      env: {
        ...workspace.env,
        LD_PRELOAD: path.join(folder, 'wall_clock.so'),
        WALL_CLOCK_SHIFT: name,
      },
      serialization: 'advanced',
    });
  }

  /** Resolves when the client listens. */
  async ready() {
    await this.#told();
  }

  /** @param {IssuedToken} issued */
  issued({ token, expiresAt }) {
    this.#expiries.set(token, now() + (expiresAt.getTime() - Date.now()));
  }

  /**
   * From now on the client's wall clock is so far ahead.
   * @param {number} milliseconds
   */
  shift(milliseconds) {
    this.shiftMs = milliseconds;
    const shift = Buffer.alloc(8);
    shift.writeBigInt64LE(BigInt(Math.round(milliseconds * NS_PER_MS)));
    writeSync(this.#file, shift, 0, 8, 0);
  }

  /**
   * As if the client's machine had been suspended for so long: all tokens are that much older.
   * @param {number} milliseconds
   */
  suspend(milliseconds) {
    this.shift(milliseconds);
    for (const [token, expiry] of this.#expiries) this.#expiries.set(token, expiry - milliseconds);
  }

  /**
   * Stops the client for so long.
   * @param {number} milliseconds
   */
  async stop(milliseconds) {
    this.#client.kill('SIGSTOP');
    await sleep(milliseconds);
    this.#client.kill('SIGCONT');
  }

  /**
   * A credential, and what is remembered.
   * @returns {Promise<import('lakebase-token').LakebaseCredential>}
   */
  async call() {
    this.#client.send('call');
    return /** @type {import('lakebase-token').LakebaseCredential} */ (await this.#told());
  }

  /** Lets the client ask all the time. */
  ask() {
    this.#client.send('ask');
  }

  /** Ends the client, and judges what it was given. */
  async end() {
    this.#client.send('report');
    const notes = /** @type {Notes} */ (await this.#told());
    await this.workspace.close();
    return this.#judgement(notes);
  }

  /** @param {Notes} notes @returns {Judgement} */
  #judgement({ calls, failures, handedOut, doubtful }) {
    let dead = 0;
    let latestMs = 0;
    for (const [token, moments] of handedOut) {
      const expiry = this.#expiryOf(token);
      for (const [moment, count] of moments) {
        if (moment <= expiry) continue;
        dead += count;
        latestMs = Math.max(latestMs, moment - expiry);
      }
    }
    const isUndecided = (/** @type {Notes['doubtful'][number]} */ [token, earliest, latest]) => {
      const expiry = this.#expiryOf(token);
      return earliest <= expiry && expiry < latest;
    };
    const undecided = doubtful.filter(isUndecided).length;
    return { calls, failures, tokens: this.#expiries.size, dead, latestMs, undecided };
  }

  /**
   * Throws for a token that the workspace did not issue.
   * @param {string} token
   */
  #expiryOf(token) {
    const expiry = this.#expiries.get(token);
    if (expiry === undefined) throw new Error(`Nobody issued ${token}.`);
    return expiry;
  }

  /**
   * The next thing that the client tells.
   * @returns {Promise<unknown>}
   */
  async #told() {
    const ended = once(this.#client, 'exit').then(([code, signal]) => {
      throw new Error(`The client ended with ${signal ?? `code ${code}`}.`);
    });
    const [message] = await Promise.race([once(this.#client, 'message'), ended]);
    ended.catch(() => {});
    return message;
  }
}

module.exports = { startRig };
