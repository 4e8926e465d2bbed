// Notes how every call of a thread ends, and from when on.

/**
 * @typedef {object} Ended
 * @property {string} kind
 * @property {string} place of which workspace a token is asked for
 * @property {number} madeAt in milliseconds since 1970
 * @property {number} tookMs
 * @property {number} limitMs
 * @property {number} lateMs for how long at most the thread did not come to it
 * @property {readonly string[]} may the codes of errors that the call itself is the reason of
 * @property {string} [token]
 * @property {number} [heldAt] it was handed out then or later
 * @property {{ code: string, message: string, status?: number, requestId?: string }} [error]
 *
 * @typedef {object} Asked
 * @property {string} kind
 * @property {string} place
 * @property {number} [limitMs]
 * @property {readonly string[]} [may]
 * @property {unknown} [reason] what the call may be aborted with
 */

/** Within which every call settles, whoever says nothing else. */
const PATIENCE_MS = 9000;

/** What an aborted call ends as. */
export const ABORTED = 'aborted';

export class Calls {
  /** @type {Ended[]} */
  #ended = [];
  /** @type {Set<Promise<void>>} */
  #open = new Set();
  /** What is settled now was not before. */
  #seenAt = Date.now();
  #lateMs = 0;
  #pulse = setInterval(() => this.#see(), 3);

  #see() {
    const now = Date.now();
    this.#lateMs = Math.max(this.#lateMs, now - this.#seenAt);
    this.#seenAt = now;
  }

  /**
   * Resolves to the token, if the call does.
   * @param {Asked} asked
   * @param {() => Promise<string | { token: string }>} ask
   * @returns {Promise<string | undefined>}
   */
  make(asked, ask) {
    this.#see();
    const madeAt = Date.now();
    const startedAt = performance.now();
    /** @param {Pick<Ended, 'token' | 'heldAt' | 'error'>} how */
    const note = (how) => {
      const { kind, place, limitMs = PATIENCE_MS, may = [] } = asked;
      const tookMs = performance.now() - startedAt;
      this.#see();
      this.#ended.push({ kind, place, madeAt, tookMs, limitMs, lateMs: this.#lateMs, may, ...how });
      return how.token;
    };
    const ending = ask().then(
      (given) => {
        const token = typeof given === 'string' ? given : given.token;
        return note({ token, heldAt: Math.max(madeAt, this.#seenAt) });
      },
      (error) => note({ error: told(error, asked) }),
    );
    const open = ending.then(() => {
      this.#open.delete(open);
    });
    this.#open.add(open);
    return ending;
  }

  /** When all have settled: how they ended. */
  async ended() {
    while (this.#open.size > 0) await Promise.all(this.#open);
    this.#lateMs = 0;
    return this.#ended.splice(0);
  }

  close() {
    clearInterval(this.#pulse);
  }
}

/** @param {any} error @param {Asked} asked */
function told(error, { reason }) {
  if (reason !== undefined && error === reason) return { code: ABORTED, message: '' };
  const { code, message, status, requestId } = error;
  return { code: String(code), message: String(message), status, requestId };
}
