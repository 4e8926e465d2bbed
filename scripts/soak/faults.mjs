// What a workspace does wrong, each by its turn, and with which codes a call may end for that.
import { faults as named } from 'lakebase-token/testing';

/**
 * @typedef {import('lakebase-token/testing').WorkspaceEmulator} Workspace
 * @typedef {import('lakebase-token/testing').FaultName} FaultName
 * @typedef {import('lakebase-token/testing').Fault} Fault
 * @typedef {'accessToken' | 'postgresToken'} Step
 *
 * @typedef {object} Trouble
 * @property {string} name
 * @property {Step} [step] whose answers it changes, and nothing else
 * @property {(workspace: Workspace) => void} begin
 * @property {readonly string[]} codes without ERR_LAKEBASE_
 */

/** What is tried again until nobody waits any more. */
const PASSING = ['UNAVAILABLE', 'TIMEOUT'];

/** @type {[step: Step, name: FaultName, codes: readonly string[]][]} */
const ANSWERS = [
  ['postgresToken', 'unavailable', PASSING],
  ['accessToken', 'unavailable', PASSING],
  ['postgresToken', 'hang', PASSING],
  ['accessToken', 'hang', PASSING],
  ['postgresToken', 'reset', PASSING],
  ['accessToken', 'reset', PASSING],
  ['postgresToken', 'close', PASSING],
  ['postgresToken', 'resetMidBody', PASSING],
  ['postgresToken', 'truncate', PASSING],
  ['postgresToken', 'drip', PASSING],
  ['postgresToken', 'gatewayHtml', PASSING],
  ['postgresToken', 'rateLimited', ['RATE_LIMITED', 'TIMEOUT']],
  ['accessToken', 'throttledOAuth', ['RATE_LIMITED', 'TIMEOUT']],
  ['postgresToken', 'permissionDenied', ['FORBIDDEN']],
  ['postgresToken', 'notFound', ['NOT_FOUND']],
  ['postgresToken', 'invalidAccessToken', ['UNAUTHENTICATED']],
  ['accessToken', 'invalidClient', ['UNAUTHENTICATED']],
  ['postgresToken', 'loginPage', ['PROTOCOL']],
  ['postgresToken', 'oversize', ['PROTOCOL']],
];

export const REVOKED = 'access tokens revoked';

/** @type {readonly Trouble[]} */
export const TROUBLES = [
  ...ANSWERS.map(([step, fault, codes]) => ({
    name: `${fault} of ${step}`,
    step,
    begin: (/** @type {Workspace} */ workspace) =>
      workspace.answer(step, { ...named[fault], times: Infinity }),
    codes,
  })),
  {
    name: 'slow answers',
    begin: (workspace) => {
      workspace.answer('accessToken', { delayMs: 400, times: Infinity });
      workspace.answer('postgresToken', { delayMs: 900, times: Infinity });
    },
    codes: ['TIMEOUT'],
  },
  // Costs a request each, and no caller.
  {
    name: REVOKED,
    begin: (workspace) => workspace.revokeAccessTokens(),
    codes: [],
  },
  { name: 'nothing', begin: () => {}, codes: [] },
];

/** @param {Workspace} workspace */
export function end(workspace) {
  workspace.answer('accessToken', null);
  workspace.answer('postgresToken', null);
}
