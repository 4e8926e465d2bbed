// `refresh-env`: writes a fresh access token of the Databricks CLI into an env file.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { accessToken, isCliFailure } = require('../databricks_cli.js');
const { assign, isName } = require('./dotenv_file.js');
const { foreseen } = require('./foreseen.js');
const { foreign } = require('../foreign_text.js');
const { untilWhen, whileWaiting } = require('./terminal.js');
const { readOrNew, replaceTextFile } = require('./text_file.js');
const { tokenError } = require('../token_error.js');
const { sourceOf } = require('./token_source.js');
const { UsageError } = require('./usage.js');

/**
 * `named`: a profile; `isAgain`: what is told once has been told
 * @typedef {{ file: string, name: string, named?: string, create: boolean, isAgain?: boolean }} Request
 *
 * @typedef {import('./text_file.js').TextFile & { isNew?: boolean }} EnvFile
 * @typedef {ReturnType<typeof assign>} Edited
 */

exports.summary = 'writes a fresh DATABRICKS_TOKEN of the Databricks CLI into an env file';
exports.usage = 'refresh-env [FILE] [options]';
exports.operands = 1;
exports.description = `
Asks the Databricks CLI for an access token and writes it into FILE (default .env.local): in the line
that wins, or in a new one at the end. Everything else in the file stays as it is.
`;
exports.options = {
  profile: {
    value: 'PROFILE',
    text: 'of the Databricks CLI; default $DATABRICKS_CONFIG_PROFILE, else its own default',
  },
  name: { value: 'NAME', text: 'the variable to write; default DATABRICKS_TOKEN' },
  create: { text: 'make the file if there is none' },
  watch: { text: 'renew the token before it expires, until interrupted' },
};

/** @param {import('./usage.js').ValuesOf<typeof exports.options>} values @param {string[]} operands */
exports.run = async function run(values, [file = '.env.local']) {
  const { name = 'DATABRICKS_TOKEN', create = false, watch = false } = values;
  if (!isName(name)) {
    throw new UsageError(`${name} is not the name of a variable.`);
  }
  // Checked first, so that the CLI is not run when the file cannot be written.
  await requireFile(file, create);
  const request = { file, name, named: values.profile, create };
  if (process.env[name]) {
    console.error(`Note: ${name} is set in this shell too, and goes before the file there.`);
  }
  if (watch) {
    await keepFresh(request, interruption());
  } else {
    await refresh(request);
  }
  return 0;
};

/** Aborts when this process is told to end. */
function interruption() {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => end.abort());
  }
  return end.signal;
}

/**
 * Renews, again and again, until `signal` aborts: the way this is meant to end.
 * @param {Request} request
 * @param {AbortSignal} signal
 */
async function keepFresh(request, signal) {
  const first = refresh(request, signal).catch((error) => {
    if (!signal.aborted) throw error;
    return undefined;
  });
  let due = nextAsk(await first, new Date());
  /** @type {string | undefined} */
  let said;
  while (await reached(due, signal)) {
    try {
      const next = await refresh({ ...request, isAgain: true }, signal);
      due = nextAsk(next, new Date());
      said = undefined;
    } catch (error) {
      if (signal.aborted) return;
      const { message } = /** @type {Error} */ (error);
      // A login that ran out needs a person, who may come back later: it is said once.
      if (said !== message) console.error(foreign(message, MESSAGE));
      said = message;
      due = new Date(Date.now() + RETRY_MS);
    }
  }
}

/**
 * Resolves to the token's expiry.
 * @param {Request} request
 * @param {AbortSignal} [signal]
 */
async function refresh(request, signal) {
  const { file, name, create } = request;
  const source = await sourceOf(request, await requireFile(file, create));
  const { profile } = source;
  const asked = freshToken(source, signal);
  const { token, expiresAt } = await whileWaiting('Asking the Databricks CLI for a token', asked);
  source.requireToFit(token);
  const before = await requireFile(file, create);
  const isNew = before.isNew && source.host;
  const begun = isNew ? assign('', 'DATABRICKS_HOST', isNew).text : before.text;
  const edited = assign(begun, name, token);
  if (edited.change !== 'none') {
    await replaceTextFile({ ...before, text: edited.text });
    if (isOpen(before)) console.error(foreign(remarkOnMode(file), MESSAGE));
  }
  const done = report(edited, { file, name, profile, expiresAt, isNew: before.isNew });
  console.log(foreign(done, { secrets: [token], longest: MESSAGE.longest }));
  const host = request.isAgain ? undefined : source.lackedHost(token);
  if (host) console.error(foreign(remarkOnHost(file, host), MESSAGE));
  return expiresAt;
}

/**
 * Whether others than its owner have a right to it. Windows has other rights.
 * @param {EnvFile} file
 */
function isOpen({ mode }) {
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

/** @param {string} file */
function remarkOnMode(file) {
  return `Note: others on this machine may read ${file}, and the token with it. Run chmod 600 ${file}.`;
}

/** @param {string} file @param {string} host */
function remarkOnHost(file, host) {
  return (
    `Note: ${file} has no DATABRICKS_HOST, with which alone it works where there is no .databrickscfg. ` +
    `Add the line DATABRICKS_HOST=${host}`
  );
}

/**
 * @param {import('./token_source.js').Source} source
 * @param {AbortSignal} [signal]
 */
async function freshToken({ profile, holdsToken }, signal) {
  const whom = { profile, holdsToken, namedBy: '--profile' };
  try {
    // A file keeps it for long: a renewal that takes its time is waited for.
    const waits = { enoughMs: Number.POSITIVE_INFINITY, keepsAlive: true };
    const { notRenewed, ...token } = await accessToken({ ...whom, ...waits, signal });
    if (notRenewed) console.error(foreign(notRenewed.message, MESSAGE));
    return token;
  } catch (error) {
    signal?.throwIfAborted();
    if (!isCliFailure(error)) throw error;
    throw tokenError('ERR_LAKEBASE_CLI_FAILED', error.message);
  }
}

/** @param {string} file @param {boolean} create @returns {Promise<EnvFile>} */
async function requireFile(file, create) {
  const found = await readOrNew(file);
  if (found.isNew && !create) {
    throw foreseen('FILE_MISSING', `There is no file ${file}. Add --create to make it.`);
  }
  return found;
}

/**
 * @param {Edited} edited
 * @param {Pick<Request, 'file' | 'name'> & { profile: string, expiresAt?: Date, isNew?: boolean }} done
 */
function report({ change, duplicates, line }, { file, name, profile, expiresAt, isNew }) {
  const did = {
    none: `${file} already has the current ${name} in line ${line}.`,
    replaced: `Replaced ${name} in ${file}, line ${line}.`,
    added: isNew ? `Made ${file} with ${name}.` : `Added ${name} to ${file} as line ${line}.`,
  }[change];
  const until = expiresAt
    ? `The token of profile ${profile} is valid until ${untilWhen(expiresAt, new Date())}.`
    : `The Databricks CLI does not say how long the token of profile ${profile} is valid.`;
  const others =
    duplicates > 0
      ? ` The file has ${duplicates + 1} lines with ${name}, of which the last one counts.`
      : '';
  return `${did} ${until}${others}`;
}

/**
 * When to ask again for a token that ends at `expiresAt`.
 * @param {Date | undefined} expiresAt
 * @param {Date} now
 */
function nextAsk(expiresAt, now) {
  if (expiresAt === undefined) {
    return new Date(now.getTime() + UNKNOWN_LIFE_MS);
  }
  const left = expiresAt.getTime() - now.getTime();
  return new Date(now.getTime() + Math.max(left - LITTLE_LIFE_MS, left / 2, SHORTEST_WAIT_MS));
}

/**
 * Waits for `moment` by the wall clock, which goes on while a laptop sleeps. False: interrupted.
 * @param {Date} moment
 * @param {AbortSignal} signal
 */
async function reached(moment, signal) {
  while (Date.now() < moment.getTime() && !signal.aborted) {
    const wait = Math.min(moment.getTime() - Date.now(), LONGEST_NAP_MS);
    await sleep(wait, undefined, { signal }).catch(() => {});
  }
  return !signal.aborted;
}

exports.nextAsk = nextAsk;

/** Names of files and words of the CLI are in it. */
const MESSAGE = { longest: 2_000 };

/** A token is used for a while: with less left than this a new one is asked for. */
const LITTLE_LIFE_MS = 5 * 60_000;

/** Between two attempts that fail, and of a token whose end is not known. */
const RETRY_MS = 30_000;
const UNKNOWN_LIFE_MS = 15 * 60_000;

/** A CLI that goes on handing out the same dying token is not asked in a loop. */
const SHORTEST_WAIT_MS = 1_000;
const LONGEST_NAP_MS = 15_000;
