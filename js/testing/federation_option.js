// The option `federation`, checked as the account would check a policy.
'use strict';

const { isListOfTexts, isObject } = require('./reading.js');

/** @typedef {import('lakebase-token/testing').FederationPolicy} FederationPolicy */

/**
 * Its policies; throws a TypeError that says what is wrong with one.
 * @param {FederationPolicy | readonly FederationPolicy[] | undefined} federation
 */
function checkedPolicies(federation) {
  if (federation === undefined) {
    return undefined;
  }
  const policies = [federation].flat();
  if (policies.length === 0 || !policies.every(isObject)) {
    throw new TypeError('federation must be a policy, or a list of them.');
  }
  policies.forEach(check);
  return policies;
}

/** @param {{ [field in keyof FederationPolicy]: unknown }} policy */
function check({ issuer, subject, audiences, subjectClaim, clientId, ...unknown }) {
  for (const name of Object.keys(unknown)) {
    throw new TypeError(`A federation policy has no ${name}. It has ${FIELDS.join(', ')}.`);
  }
  if (typeof issuer !== 'string' || !URL.canParse(issuer) || !issuer.startsWith('https://')) {
    throw new TypeError('issuer of a federation policy must be a URL of https.');
  }
  for (const [name, value] of Object.entries({ subject, subjectClaim, clientId })) {
    if (value !== undefined && !isText(value)) {
      throw new TypeError(`${name} of a federation policy must be a text, and not an empty one.`);
    }
  }
  if (audiences !== undefined && !isListOfAudiences(audiences)) {
    throw new TypeError('audiences of a federation policy must be a list of texts.');
  }
  if (clientId !== undefined && subject === undefined) {
    throw new TypeError(
      'A federation policy of a service principal, by clientId, needs a subject.',
    );
  }
}

/** @param {unknown} value */
function isListOfAudiences(value) {
  return isListOfTexts(value) && value.length > 0 && value.every(isText);
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === 'string' && value !== '';
}

const FIELDS = ['issuer', 'subject', 'audiences', 'subjectClaim', 'clientId'];

module.exports = { checkedPolicies };
