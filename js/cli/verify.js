// `verify`: goes the whole way from the variables to `SELECT 1`, step by step, in the order in which
// a person would look for a mistake, and says at the first one what to do.
'use strict';

const { ENV_FILE } = require('./env_files.js');
const { foreign } = require('./foreign_text.js');
const { unshownValues } = require('./shown_value.js');
const { duration, paints, whileWaiting } = require('./terminal.js');
const postgresSteps = require('./verify/postgres_steps.js');
const workspaceSteps = require('./verify/workspace_steps.js');

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {'ok' | 'warning' | 'skipped' | 'failed'} status
 * @property {string} detail
 * @property {string} [advice]
 * @property {{ name: string, value: string, from: string }[]} [variables]
 * @property {number} durationMs
 *
 * @typedef {Omit<Result, 'name' | 'durationMs'>} Finding
 *
 * A step finds something out and leaves for the later ones, in `way`, what they need.
 * @typedef {{ name: string, run: (way: object) => Promise<Finding> | Finding }} Step
 */

exports.summary = 'checks the whole way from the variables to SELECT 1 (also: doctor)';
exports.usage = 'verify [options]';
exports.operands = 0;
exports.description = `
Checks one step after the other: the variables, the workspace (name, connection, certificate, clock),
the access token, the Postgres token and, where PGHOST, PGUSER and PGDATABASE are set, a login to
Postgres with the project's own driver (pg or postgres). At the first mistake it says what to do.

Exit code 0: nothing failed; 1: something did.
`;
exports.options = {
  json: { text: 'print {"ok", "steps"} for machines' },
  'env-file': ENV_FILE,
};

exports.run = async function run({ json = false, 'env-file': files }) {
  const results = [];
  for await (const result of walk([...workspaceSteps, ...postgresSteps], files)) {
    results.push(result);
    if (!json) show(result);
  }
  const ok = results.every(({ status }) => status !== 'failed');
  if (json) {
    console.log(JSON.stringify({ ok, steps: results }, null, 2));
  } else {
    showEnd(results);
  }
  return ok ? 0 : 1;
};

/** Ends with the first step that fails: what comes after it would only fail of the same. */
async function* walk(steps, files) {
  const way = { env: process.env, files };
  for (const { name, run } of steps) {
    const startedAt = performance.now();
    const finding = await whileWaiting(name, (async () => run(way))());
    const durationMs = Math.round(performance.now() - startedAt);
    yield { name, ...printable(finding, way), durationMs };
    if (finding.status === 'failed') return;
  }
}

/** A finding is put together of our words and of others', and ends in a terminal or in a ticket. */
function printable({ status, detail, advice, variables }, { env, token }) {
  const secrets = [...unshownValues(env), ...(token ? [token] : [])];
  const told = (text) => foreign(text, { secrets, longest: 2_000 });
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

function showEnd(results) {
  const { bold, red, green } = paints(process.stdout);
  const failed = results.find(({ status }) => status === 'failed');
  const skipped = results.filter(({ status }) => status === 'skipped').length;
  const rest =
    skipped > 0 ? ` ${skipped} ${skipped === 1 ? 'step was' : 'steps were'} skipped.` : '';
  console.log('');
  console.log(failed ? bold(red(`It fails at: ${failed.name}.`)) : bold(green('It works.')) + rest);
}

const NAME_WIDTH = 14;
const WORTH_TELLING_MS = 1;
