// `init`: from a login to the variables of an app. It finds what the workspace knows, asks a person for what is left, and
// writes it into an env file.
'use strict';

const { createLakebaseTokens } = require('../index.js');
const { insideOf } = require('../look_ups.js');
const { applied, changesOf } = require('./init/env_changes.js');
const { ANY, chosenIdentity } = require('./init/identity.js');
const { loadIdentity, verifiedWith } = require('./init/judged_files.js');
const { chosenDatabase, chosenEndpoint, chosenUser } = require('./init/place.js');
const { isThereATerminal, questions } = require('./init/questions.js');
const { requireHarmless } = require('./init/values.js');
const { written } = require('./init/written.js');
const { readOrNew, requireWritable } = require('./text_file.js');

/**
 * What is named.
 * @typedef {{ profile?: string, project?: string, branch?: string, endpoint?: string, database?: string, user?: string }} Named
 *
 * @typedef {import('./init/choose.js').Asker} Asker
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
  await loadIdentity(file);
  const asker = isThereATerminal() ? questions() : undefined;
  /** @type {import('./init/env_changes.js').Variables} */
  let found;
  try {
    found = await variables(values, asker);
    requireHarmless(found);
    if (print) {
      process.stdout.write(applied('', changesOf(before.text, found)));
      return 0;
    }
    if (!(await written({ file, variables: found, env }, values, asker))) return 1;
  } finally {
    asker?.end();
  }
  return verifiedWith(file, found, env);
};

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
