// What a step finds, and what it learns for the steps after it.
'use strict';

/**
 * @typedef {object} Finding
 * @property {'ok' | 'warning' | 'skipped' | 'failed'} status
 * @property {string} detail
 * @property {string} [advice]
 * @property {{ name: string, value: string, from: string }[]} [variables]
 */

/**
 * A step that failed has learned nothing; no other follows it.
 * @template Learned
 * @typedef {{ finding: Finding, learned?: Learned }} Outcome
 */

/** @param {Finding['status']} status @param {string} detail @param {string} [advice] @returns {Finding} */
function found(status, detail, advice) {
  return { status, detail, ...(advice && { advice }) };
}

/** @param {string} detail @param {string} [advice] */
exports.ok = (detail, advice) => found('ok', detail, advice);

/** @param {string} detail @param {string} [advice] */
exports.warning = (detail, advice) => found('warning', detail, advice);

/** @param {string} detail @param {string} [advice] */
exports.skipped = (detail, advice) => found('skipped', detail, advice);

/** @param {string} detail @param {string} [advice] */
exports.failed = (detail, advice) => found('failed', detail, advice);

/**
 * An error of the package, as a detail.
 * @param {import('lakebase-token').LakebaseTokenError} error
 */
exports.inWords = ({ message, code }) => `${message} (${code})`;
