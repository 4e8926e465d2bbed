// `verify`: goes the whole way from the variables to `SELECT 1`, step by step, in the order in which
// a person would look for a mistake, and says at the first one what to do.
'use strict';

const { ENV_FILE, loadEnvFiles } = require('./env_files.js');
const { PROFILE, useProfile } = require('./profile_option.js');
const { foreign } = require('../foreign_text.js');
const { unshownValues } = require('./shown_value.js');
const { duration, paints, whileWaiting } = require('./terminal.js');
const { identity: identityStep } = require('./verify/identity_step.js');
const { postgresHost, postgresLogin } = require('./verify/postgres_steps.js');
const { certificate, clock, connection, names } = require('./verify/reach_steps.js');
const { store: storeStep } = require('./verify/store_step.js');
const { accessToken, host, postgresToken, variables } = require('./verify/workspace_steps.js');

/**
 * @typedef {import('./verify/findings.js').Finding} Finding
 * @typedef {Finding & { name: string, durationMs: number }} Result
 */

exports.summary = 'checks the whole way from the variables to SELECT 1 (also: doctor)';
exports.usage = 'verify [options]';
exports.description = `
Checks one step after the other: the variables, the identity (where it was set, and what is set
besides), the workspace (name, connection, certificate, clock), the store if one is set, the access
token, the Postgres token and, where PGHOST, PGUSER and PGDATABASE are set, a login to Postgres with the
project's own driver (pg or postgres). At the first mistake it says what to do.

Exit code 0: nothing failed; 1: something did.
`;
exports.options = {
  json: { text: 'print {"ok", "steps"} for machines' },
  profile: PROFILE,
  'env-file': ENV_FILE,
};

/** @param {import('./usage.js').ValuesOf<typeof exports.options>} values */
exports.run = async function run({ json = false, profile, 'env-file': files }) {
  useProfile(profile);
  return verified(() => loadEnvFiles(files), { json, isNamed: profile !== undefined });
};

exports.verified = verified;

/**
 * @typedef {() => Promise<import('./env_files.js').Loaded>} Load
 *
 * Resolves to the exit code.
 * @param {Load} load the env files
 * @param {{ json?: boolean, isNamed?: boolean }} [how] `isNamed`: whether the profile is
 */
async function verified(load, { json = false, isNamed = false } = {}) {
  /** @type {Result[]} */
  const results = [];
  for await (const result of way(process.env, load, isNamed)) {
    results.push(result);
    if (!json) show(result);
    // Later steps would fail for the same reason.
    if (result.status === 'failed') break;
  }
  const ok = results.every(({ status }) => status !== 'failed');
  if (json) {
    console.log(JSON.stringify({ ok, steps: results }, null, 2));
  } else {
    showEnd(results);
  }
  endInAnyCase();
  return ok ? 0 : 1;
}

/**
 * All steps, in the order in which a person would look for a mistake.
 * @param {NodeJS.ProcessEnv} env
 * @param {Load} load
 * @param {boolean} isNamed
 * @returns {AsyncGenerator<Result, void>}
 */
async function* way(env, load, isNamed) {
  const workspace = yield* step('variables', () => variables(env, load, isNamed));
  yield* check('identity', () => identityStep(workspace, env));
  yield* check('host', () => host(workspace));
  yield* check('DNS', () => names(workspace));
  yield* check('TCP', () => connection(workspace));
  const seen = yield* step('TLS', () => certificate(workspace, env));
  yield* check('clock', () => clock(seen));
  const { store } = workspace;
  if (store) yield* check('store', () => storeStep(store, env));
  const { flight } = yield* step('access token', () => accessToken(workspace, env));
  const identity = yield* step('Postgres token', () => postgresToken(flight, workspace));
  const { token } = identity;
  const place = yield* step('Postgres host', () => postgresHost(identity, env), token);
  yield* check('Postgres login', () => postgresLogin(place, identity, env), token);
}

/**
 * Takes a step that learns nothing for later ones.
 * @param {string} name
 * @param {() => Finding | Promise<Finding>} run
 * @param {string} [token]
 */
function check(name, run, token) {
  return step(name, async () => ({ finding: await run() }), token);
}

/**
 * Takes a step: yields its result, and returns what it learned.
 * @template Learned
 * @param {string} name
 * @param {() => Promise<import('./verify/findings.js').Outcome<Learned>>} run
 * @param {string} [token] is not shown
 * @returns {AsyncGenerator<Result, Learned, void>}
 */
async function* step(name, run, token) {
  const startedAt = performance.now();
  const { finding, learned } = await whileWaiting(name, run());
  const durationMs = Math.round(performance.now() - startedAt);
  yield { name, ...printable(finding, token), durationMs };
  // Only a failed step learned nothing, and no results are read after it.
  return /** @type {Learned} */ (learned);
}

/**
 * A finding holds words of others beside ours, and ends in a terminal or in a ticket.
 * @param {Finding} finding
 * @param {string} [token]
 * @returns {Finding}
 */
function printable({ status, detail, advice, variables }, token) {
  const secrets = [...unshownValues(process.env), ...(token ? [token] : [])];
  const told = (/** @type {string} */ text) => foreign(text, { secrets, longest: 2_000 });
  return {
    status,
    detail: told(detail),
    ...(advice && { advice: told(advice) }),
    ...(variables && {
      variables: variables.map(({ name, value, from }) => ({
        name,
        value: told(value),
        from: told(from),
      })),
    }),
  };
}

/** @param {Result} result */
function show({ name, status, detail, advice, variables = [], durationMs }) {
  const { dim, red, green, yellow } = paints(process.stdout);
  const mark = { ok: green('✓'), warning: yellow('!'), skipped: dim('–'), failed: red('✗') }[
    status
  ];
  const time = durationMs >= WORTH_TELLING_MS ? duration(durationMs) : '';
  console.log(`${mark} ${name.padEnd(NAME_WIDTH)} ${dim(time.padStart(7))}  ${detail}`);
  const width = Math.max(...variables.map((variable) => variable.name.length));
  for (const { name, value, from } of variables) {
    console.log(`    ${name.padEnd(width)}  ${value}  ${dim(from)}`);
  }
  if (advice) {
    console.log(`  ${yellow('→')} ${advice}`);
  }
}

/** @param {Result[]} results */
function showEnd(results) {
  const { bold, red, green, yellow } = paints(process.stdout);
  const failed = results.find(({ status }) => status === 'failed');
  const skipped = results.filter(({ status }) => status === 'skipped').length;
  const rest = ` ${skipped} ${skipped === 1 ? 'step was' : 'steps were'} skipped.`;
  console.log('');
  if (failed) {
    console.log(bold(red(`It fails at: ${failed.name}.`)));
  } else if (results.at(-1)?.status === 'skipped') {
    console.log(bold(yellow('The tokens work. No login to Postgres was tried.')));
  } else {
    console.log(bold(green('It works.')) + (skipped > 0 ? rest : ''));
  }
}

/** A driver that was given up may hold the process; what was printed may still be on its way. */
function endInAnyCase() {
  setTimeout(() => process.stdout.write('', () => process.exit()), GRACE_MS).unref();
}

const NAME_WIDTH = 14;
const WORTH_TELLING_MS = 1;
const GRACE_MS = 1_000;
