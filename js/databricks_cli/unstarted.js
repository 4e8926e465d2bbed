// Why the Databricks CLI was not run at all, in our words. Pure functions.
'use strict';

const { foreign } = require('../foreign_text.js');
const { INSTALL, login } = require('./whom.js');

/**
 * @typedef {import('./explain.js').Words} Words
 *
 * @param {{ kind: 'absent' | 'unstarted', code: string, named?: string }} ended
 * @param {import('./whom.js').Whom} whom
 * @returns {Words}
 */
function explainUnstarted({ kind, code, named }, whom) {
  if (DENIED.has(code)) {
    return {
      what: 'This process may not start the Databricks CLI',
      advice:
        'Allow it: --allow-child-process, and --allow-fs-read of the program, of Node.js; --allow-run and ' +
        '--allow-env of Deno.',
    };
  }
  if (named !== undefined && kind === 'absent') return explainNamed(code, foreign(named));
  if (kind === 'absent' && code === 'ENOENT') {
    return {
      what: 'The Databricks CLI is not installed, or not on PATH',
      advice: `Install it (${INSTALL}) or set DATABRICKS_CLI_PATH, then run ${login(whom)}.`,
    };
  }
  const which = named === undefined ? 'called databricks on PATH' : 'in DATABRICKS_CLI_PATH';
  if (code === 'EACCES') {
    return {
      what: `The program ${which} is not executable`,
      advice: 'Check its permissions.',
    };
  }
  if (code === 'EINVAL') {
    return {
      what: `The program ${which} is a script, which Windows runs in a shell only`,
      advice: 'Set DATABRICKS_CLI_PATH to the databricks.exe that it starts.',
    };
  }
  return {
    what: `The Databricks CLI could not be started: ${foreign(code)}`,
    advice: SHORTAGES.has(code) ? 'Try again.' : `Check the program ${which}.`,
    retryable: SHORTAGES.has(code),
  };
}

/** @param {string} code @param {string} named @returns {Words} */
function explainNamed(code, named) {
  const fault =
    code === 'RELATIVE'
      ? 'which is not an absolute path'
      : code === 'EACCES'
        ? 'which is not executable'
        : 'where there is no program';
  return {
    what: `DATABRICKS_CLI_PATH is ${named}, ${fault}`,
    advice: "Set it to the Databricks CLI's absolute path, or unset it to have PATH searched.",
  };
}

/** Of Node's permission model and of Deno's. */
const DENIED = new Set(['ERR_ACCESS_DENIED', 'NotCapable', 'PermissionDenied']);

/** Of processes, descriptors and memory. */
const SHORTAGES = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

module.exports = { explainUnstarted };
