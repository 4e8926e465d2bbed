// `init`: from a login to the variables of an app. It finds what the workspace knows, asks a person for what is left, and
// writes it into an env file.
'use strict';

const { existsSync } = require('node:fs');
const { spawn } = require('node:child_process');
const path = require('node:path');
const { createLakebaseTokens } = require('../index.js');
const { insideOf } = require('../look_ups.js');
const { foreign } = require('../foreign_text.js');
const { loadEnvFiles, remarksOn } = require('./env_files.js');
const { codeOf, foreseen } = require('./foreseen.js');
const { applied, changesOf, notes, shown } = require('./init/env_changes.js');
const { ANY, chosenIdentity } = require('./init/identity.js');
const { chosenDatabase, chosenEndpoint, chosenUser } = require('./init/place.js');
const { isThereATerminal, questions } = require('./init/questions.js');
const { readOrNew, replaceTextFile, requireWritable } = require('./text_file.js');
const { UsageError } = require('./usage.js');

/**
 * What is named.
 * @typedef {{ profile?: string, project?: string, branch?: string, endpoint?: string, database?: string, user?: string }} Named
 *
 * @typedef {import('./init/choose.js').Asker} Asker
 * @typedef {import('./init/env_changes.js').Change} Change
 * @typedef {import('./text_file.js').TextFile} TextFile
 */

exports.summary = 'finds what to set, writes it into .env.local, and checks it';
exports.usage = 'init [options]';
exports.description = `
Chooses a profile of the Databricks CLI, or takes the identity that is set, and with it a project, a
branch, an endpoint and a database of the workspace; finds the host and the user; shows the variables,
none of which is a secret; writes them into .env.local; then runs verify.

It asks on a terminal for what no option names, where there are several. Without a terminal what is
missing is told with what there is (exit code 2), and nothing is written without --yes.
`;
exports.options = {
  profile: { value: 'PROFILE', text: 'of .databrickscfg' },
  project: { value: 'PROJECT', text: 'its id or its name' },
  branch: { value: 'BRANCH', text: 'its id' },
  endpoint: {
    value: 'ENDPOINT',
    text: 'its id; or its whole path, projects/…/branches/…/endpoints/…, which needs no lists',
  },
  database: { value: 'DATABASE', text: 'its name in Postgres' },
  user: { value: 'ROLE', text: 'as whom to log in; default who asks' },
  file: { value: 'FILE', text: 'what to write; default .env.local' },
  yes: { text: 'write without asking' },
  print: { text: 'print the variables on stdout, and write nothing' },
};

/** @param {import('./usage.js').ValuesOf<typeof exports.options>} values */
exports.run = async function run(values) {
  const { file = '.env.local', print = false } = values;
  const env = { ...process.env };
  const before = await readOrNew(file);
  // Checked first, so that nobody is asked for what cannot be written.
  if (!print) await requireWritable(before);
  await loadIdentity(values.file);
  const asker = isThereATerminal() ? questions() : undefined;
  try {
    const changes = changesOf(before.text, await variables(values, asker));
    if (print) {
      process.stdout.write(applied('', changes));
      return 0;
    }
    const isWritten = await written({ file, before, changes, env }, values, asker);
    if (!isWritten) return 1;
  } finally {
    asker?.end();
  }
  return verified(file, env);
};

/**
 * An identity may be set in env files, too.
 * @param {string} [named]
 */
async function loadIdentity(named) {
  const files = named !== undefined && existsSync(named) ? [named] : undefined;
  try {
    const loaded = await loadEnvFiles(files, TO_BE_FOUND);
    for (const remark of remarksOn(loaded)) console.error(`Note: ${foreign(remark, MESSAGE)}`);
  } catch (error) {
    if (codeOf(error) !== 'ENV_FILE_UNTRUSTED') throw error;
    const { message } = /** @type {Error} */ (error);
    throw foreseen('ENV_FILE_UNTRUSTED', message.replaceAll('--env-file', '--file'));
  }
}

/**
 * What an app needs.
 * @param {Named} named
 * @param {Asker} asker
 * @returns {Promise<import('./init/env_changes.js').Variables>}
 */
async function variables(named, asker) {
  const profile = await chosenIdentity(named.profile, asker);
  const identity = profile === undefined ? {} : { identity: { profile } };
  const endpoint = await chosenEndpoint(
    inside(createLakebaseTokens({ ...identity, endpoint: ANY })),
    named,
    asker,
  );
  const tokens = createLakebaseTokens({ ...identity, endpoint: endpoint.name });
  const database = await chosenDatabase(inside(tokens), endpoint, named.database, asker);
  const user = await chosenUser(tokens, inside(tokens), named.user, asker);
  return {
    ...(profile !== undefined && { DATABRICKS_CONFIG_PROFILE: profile }),
    LAKEBASE_ENDPOINT: endpoint.name,
    PGHOST: endpoint.host,
    PGUSER: user,
    PGDATABASE: database,
    PGSSLMODE: 'require',
  };
}

/** @param {import('lakebase-token').LakebaseTokens} tokens */
function inside(tokens) {
  return /** @type {import('../look_ups.js').Inside} */ (insideOf(tokens));
}

/**
 * Whether the file says it now.
 * @param {{ file: string, before: TextFile, changes: Change[], env: NodeJS.ProcessEnv }} wanted
 * @param {{ yes?: boolean }} how
 * @param {Asker} asker
 */
async function written({ file, before, changes, env }, { yes = false }, asker) {
  const text = applied(before.text, changes);
  console.error(`\n${shown(file, changes)}\n`);
  for (const note of notes(text, changes, env)) console.error(`Note: ${foreign(note, MESSAGE)}`);
  if (text === before.text) {
    console.error(`${file} says all of it already.`);
    return true;
  }
  if (!yes) {
    if (asker === undefined) throw new UsageError('Nothing was written. Add --yes to write it.');
    if (!(await asker.isYes(`Write ${file}?`))) {
      console.error('Nothing was written.');
      return false;
    }
  }
  await replaceTextFile({ ...before, text });
  console.error(`Wrote ${file}.`);
  return true;
}

/**
 * As an app is started: with the files, and without what this process has made of them. Resolves to the exit code.
 * @param {string} file
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
function verified(file, env) {
  const beside = path.join(path.dirname(file), '.env');
  const files = [file, ...(existsSync(beside) ? [beside] : [])];
  const line = ['verify', ...files.flatMap((name) => ['--env-file', name])];
  console.error(`\nlakebase-token ${foreign(line.join(' '))}`);
  const program = path.join(__dirname, '../cli.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...line], { env, stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** What files say of these is old. */
const TO_BE_FOUND = ['PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE', 'PGSSLMODE'];

/** Names of files are in it. */
const MESSAGE = { longest: 2_000 };
