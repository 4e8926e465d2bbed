// The workspaces that are asked, what they issue, and what they meet. They are of this process, which is not
// the one that is watched.
import { startWorkspaceEmulator } from 'lakebase-token/testing';
import { end, REVOKED } from './faults.mjs';

/**
 * @typedef {import('./faults.mjs').Workspace} Workspace
 * @typedef {import('./faults.mjs').Trouble} Trouble
 * @typedef {import('./judge.mjs').Met} Met
 * @typedef {import('./judge.mjs').Issued} Issued
 */

/** For so long after its expiry a token is known: its holder may have been waiting. */
const KNOWN_MS = 60_000;

/** A workspace, and the one that was in its place before. */
export class Place {
  /** The newest first. @type {{ workspace: Workspace, met: Met[] }[]} */
  #both = [];
  #options;
  #issued;

  /**
   * @param {import('lakebase-token/testing').EmulatorOptions} options
   * @param {Map<string, Issued>} issued
   */
  constructor(options, issued) {
    this.#options = options;
    this.#issued = issued;
  }

  /** Another workspace is here from now on, with credentials of its own; the one before goes on for as long. */
  async replace() {
    /** @type {Workspace} */
    const workspace = await startWorkspaceEmulator({
      ...this.#options,
      onPostgresToken: ({ token, expiresAt }) => {
        this.#issued.set(token, { url: workspace.url, expiresAt: expiresAt.getTime() });
      },
    });
    this.#both.unshift({ workspace, met: [] });
    await Promise.all(this.#both.splice(2).map(({ workspace }) => workspace.close()));
  }

  get workspace() {
    return this.#newest.workspace;
  }

  /** What of its variables says anything. */
  get env() {
    const set = Object.entries(this.workspace.env).filter(([, value]) => value !== '');
    return Object.fromEntries(set);
  }

  get #newest() {
    const [newest] = this.#both;
    if (newest === undefined) throw new Error('There is no workspace yet.');
    return newest;
  }

  /** Until what this returns is called. @param {Trouble} trouble */
  meet({ name, codes, begin }) {
    const { workspace, met } = this.#newest;
    const one = { name, codes, from: Date.now(), until: Infinity };
    met.push(one);
    begin(workspace);
    return () => {
      one.until = Date.now();
      end(workspace);
    };
  }

  /** Whom a call of the latest round can have asked. */
  get asked() {
    return {
      urls: this.#both.map(({ workspace }) => workspace.url),
      met: this.#both.flatMap(({ met }) => met),
    };
  }

  /** What was refused though nobody had it refused: the package asks for nothing that no workspace grants. */
  get refusals() {
    const granting = this.#both.filter(({ met }) => met.every(({ name }) => name !== REVOKED));
    return granting.flatMap(({ workspace }) =>
      workspace.requests.flatMap(({ reason }) => reason ?? []),
    );
  }

  async close() {
    await Promise.all(this.#both.map(({ workspace }) => workspace.close()));
  }
}

/** Lets go of tokens that nobody can hold any more. @param {Map<string, Issued>} issued */
export function forgetOld(issued) {
  for (const [token, { expiresAt }] of issued) {
    if (expiresAt < Date.now() - KNOWN_MS) issued.delete(token);
  }
}
