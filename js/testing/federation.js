// Whose ID tokens the workspace takes, and as whom: federation policies, with the fields of the API
// (https://docs.databricks.com/api/account/serviceprincipalfederationpolicy) but for keys, since
// signatures are not verified.
'use strict';

const { invalidClient } = require('./answers.js');
const { refusedIdToken } = require('./id_token.js');
const { printable } = require('./reading.js');

/**
 * @typedef {import('lakebase-token/testing').FederationPolicy} FederationPolicy
 * @typedef {import('./id_token.js').Claims} Claims
 *
 * With its defaults. That of an account has no subject and no client id.
 * @typedef {object} Policy
 * @property {string} issuer
 * @property {string} [subject]
 * @property {string} [clientId]
 * @property {readonly string[]} audiences
 * @property {string} subjectClaim
 */

/**
 * @param {readonly FederationPolicy[] | undefined} given
 * @param {{ clientId: string, audiences: readonly string[] }} defaults
 * @returns {[Policy, ...Policy[]]} there is one at least
 */
function policiesOf(given = DEFAULT_POLICIES, { clientId, audiences }) {
  const policies = given.map((policy) => ({
    issuer: policy.issuer,
    subject: policy.subject,
    clientId: policy.subject === undefined ? undefined : (policy.clientId ?? clientId),
    audiences: policy.audiences ?? audiences,
    subjectClaim: policy.subjectClaim ?? 'sub',
  }));
  return /** @type {[Policy, ...Policy[]]} */ (policies);
}

/**
 * Who the owner of an ID token is; throws a refusal where no policy says so. A policy has to match as a
 * whole.
 * @param {readonly Policy[]} policies
 * @param {string | undefined} clientId the service principal asked for
 * @param {Claims} claims
 */
function userBy(policies, clientId, claims) {
  /** @param {Policy} policy */
  const subjectFor = ({ subjectClaim }) => claims[subjectClaim];
  const audiences = [claims.aud].flat();
  const own = policies.filter((policy) => policy.clientId === clientId);
  const trusted = own.filter(({ issuer }) => issuer === claims.iss);
  if (trusted.length === 0) {
    const wanted = own.map(({ issuer }) => issuer);
    throw mismatch('issuer', [claims.iss], wanted);
  }
  const named = trusted.filter((policy) => names(policy, subjectFor(policy)));
  if (named.length === 0) {
    const wanted = trusted.map(({ subject }) => subject ?? 'any text');
    throw mismatch('subject', trusted.map(subjectFor), wanted);
  }
  const met = named.find((policy) => policy.audiences.some((one) => audiences.includes(one)));
  if (met === undefined) {
    const wanted = named.flatMap((policy) => policy.audiences);
    throw mismatch('audience', audiences, wanted);
  }
  return met.clientId ?? String(subjectFor(met));
}

/**
 * Throws a refusal where nobody's ID token would be taken.
 * @param {readonly Policy[]} policies
 * @param {string | undefined} clientId
 * @param {string} [known] the service principal that there is
 */
function checkThereIsAPolicy(policies, clientId, known) {
  if (policies.some((policy) => policy.clientId === clientId)) {
    return;
  }
  if (clientId === undefined) {
    throw refusedIdToken('The account has no federation policy', 'and there is no client_id');
  }
  if (clientId !== known) {
    throw invalidClient('The client id is unknown');
  }
  throw refusedIdToken('The service principal has no federation policy');
}

/** @param {Policy} policy @param {unknown} subject */
function names(policy, subject) {
  return policy.subject === undefined
    ? typeof subject === 'string' && subject !== ''
    : subject === policy.subject;
}

/** @param {string} what @param {unknown[]} found @param {string[]} wanted */
function mismatch(what, found, wanted) {
  const list = (/** @type {unknown[]} */ values) =>
    [...new Set(values)].map((value) => printable(String(value))).join(' or ');
  const description = `The ${what} of the ID token matches no federation policy`;
  return refusedIdToken(description, `for it is ${list(found)} instead of ${list(wanted)}`);
}

const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** The job that `githubActions` is of, unless a policy says otherwise. */
const GITHUB_SUBJECT = 'repo:org/app:ref:refs/heads/main';

const DEFAULT_POLICIES = [
  { issuer: 'https://issuer.test', subject: 'workload-1' },
  { issuer: GITHUB_ISSUER, subject: GITHUB_SUBJECT },
];

module.exports = { GITHUB_ISSUER, GITHUB_SUBJECT, checkThereIsAPolicy, policiesOf, userBy };
