// A client with a wall clock of its own, and a workspace in this process, whose clocks are true.
'use strict';

const { fork } = require('node:child_process');
const { once } = require('node:events');
const { openSync, writeFileSync, writeSync } = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { startWorkspaceEmulator } = require('../../js/testing/index.js');

const NS_PER_MS = 1e6;

/** The monotonic clock, which is the same in every process. */
const now = () => Number(process.hrtime.bigint()) / NS_PER_MS;

/**
 * @param folder where the library is, and where there is room for a file
 * @param program one of client.js
 * @param options the emulator's; `onToken` is called while a Postgres token is being asked for
 */
async function startRig(folder, program, { onToken, ...options } = {}) {
  const rig = new Rig();
  rig.workspace = await startWorkspaceEmulator({
    ...options,
    onPostgresToken: async (issued) => {
      rig.issued(issued);
      await onToken?.(rig, issued);
    },
  });
  await rig.begin(folder, program);
  return rig;
}

class Rig {
  /** When each token dies, by the monotonic clock. */
  #expiries = new Map();
  #file;
  #client;
  shiftMs = 0;

  async begin(folder, program) {
    const name = path.join(folder, new URL(this.workspace.url).port);
    writeFileSync(name, Buffer.alloc(8));
    this.#file = openSync(name, 'r+');
    this.#client = fork(path.join(__dirname, 'client.js'), [program], {
      env: {
        ...this.workspace.env,
        LD_PRELOAD: path.join(folder, 'wall_clock.so'),
        WALL_CLOCK_SHIFT: name,
      },
      serialization: 'advanced',
    });
    await this.#told();
  }

  issued({ token, expiresAt }) {
    this.#expiries.set(token, now() + (expiresAt.getTime() - Date.now()));
  }

  /** From now on the client's wall clock is so far ahead. */
  shift(milliseconds) {
    this.shiftMs = milliseconds;
    const shift = Buffer.alloc(8);
    shift.writeBigInt64LE(BigInt(Math.round(milliseconds * NS_PER_MS)));
    writeSync(this.#file, shift, 0, 8, 0);
  }

  /** As if the client's machine had been suspended for so long: all tokens are that much older. */
  suspend(milliseconds) {
    this.shift(milliseconds);
    for (const [token, expiry] of this.#expiries) this.#expiries.set(token, expiry - milliseconds);
  }

  /** Stops the client for so long. */
  async stop(milliseconds) {
    this.#client.kill('SIGSTOP');
    await sleep(milliseconds);
    this.#client.kill('SIGCONT');
  }

  /** A credential, and what is remembered. */
  call() {
    this.#client.send('call');
    return this.#told();
  }

  /** Lets the client ask all the time. */
  ask() {
    this.#client.send('ask');
  }

  /** Ends the client, and judges what it was given. */
  async end() {
    this.#client.send('report');
    const notes = await this.#told();
    await this.workspace.close();
    return this.#judgement(notes);
  }

  #judgement({ calls, failures, handedOut, doubtful }) {
    let [dead, latestMs] = [0, 0];
    for (const [token, moments] of handedOut) {
      const expiry = this.#expiries.get(token);
      for (const [moment, count] of moments) {
        if (moment <= expiry) continue;
        dead += count;
        latestMs = Math.max(latestMs, moment - expiry);
      }
    }
    const isUndecided = ([token, earliest, latest]) => {
      const expiry = this.#expiries.get(token);
      return earliest <= expiry && expiry < latest;
    };
    const undecided = doubtful.filter(isUndecided).length;
    return { calls, failures, tokens: this.#expiries.size, dead, latestMs, undecided };
  }

  /** The next thing that the client tells. */
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
