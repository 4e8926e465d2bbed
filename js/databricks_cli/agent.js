// Asks the Databricks CLI for the core, which cannot start a program as safely as JavaScript does: it has no
// environment of this thread, and shares the process's files and signals.
'use strict';

const { accessToken, isCliFailure } = require('../databricks_cli.js');

/**
 * @typedef {import('../addon.d.ts').Addon} Addon
 * @typedef {import('../addon.d.ts').CliRequest} CliRequest
 *
 * Tells the addon how the errand of that number ended.
 * @param {Addon} addon
 * @param {number} number
 * @param {CliRequest} request
 */
async function ask(addon, number, { profile, host, file, program }) {
  const tools = addon.tools();
  try {
    const { token, expiresAt } = await accessToken({
      ...(profile === undefined ? { host } : { profile }),
      env: surroundings(process.env, file, program),
      onStart: (pid) => tools.cliStarted(pid),
      onEnd: (pid) => tools.cliEnded(pid),
    });
    tools.brings(number, token, expiresAt?.getTime());
  } catch (error) {
    const { what, advice, said, retryable } = isCliFailure(error) ? error : unforeseen(error);
    tools.bringsNothing(number, what, advice, said, retryable);
  }
}

/**
 * With the file that was read for the profile, whatever the variable says by now.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} file
 * @param {string} [program]
 */
function surroundings(env, file, program) {
  const { DATABRICKS_CONFIG_FILE: named, DATABRICKS_CLI_PATH: own } = env;
  return {
    ...env,
    ...(named && { DATABRICKS_CONFIG_FILE: file }),
    ...(program && !own && { DATABRICKS_CLI_PATH: program }),
  };
}

/** @param {unknown} error */
function unforeseen(error) {
  return {
    what: 'The Databricks CLI could not be asked',
    advice: 'See the cause; if it is none of yours, please report it.',
    said: String(/** @type {Partial<Error>} */ (error)?.message),
    retryable: false,
  };
}

module.exports = { ask };
