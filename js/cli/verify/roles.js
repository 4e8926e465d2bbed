// Which role a login should name, when Postgres refused the one that it named. Pure functions.
'use strict';

const { isPlain, isUuid, withoutPercent } = require('../shown_value.js');

/**
 * @typedef {import('./refusals.js').Refused} Refused
 *
 * @param {Refused} refused
 */
function refusedRole(refused) {
  const { role, said } = refused;
  return {
    what: `Postgres refused role ${role}: ${said}`,
    advice: [whichRole(refused), howToMake(refused)].filter(Boolean).join(' '),
  };
}

/** @param {Refused} refused */
function whichRole({ env, subject, principal }) {
  const { PGUSER: user = '' } = env;
  const meant = withoutPercent(user);
  const isShown = meant !== undefined && isPlain('PGUSER', { ...env, PGUSER: meant });
  const shown = isShown ? meant : 'it as it is';
  const owner = ownerOf({ env, subject, principal });
  if (owner !== undefined && owner.name !== (meant ?? user)) {
    const encoded = meant === undefined ? '' : `PGUSER is percent-encoded and means ${shown}. `;
    return `${encoded}${owner.told}`;
  }
  return meant === undefined ? WHOSE : `PGUSER is percent-encoded: write ${shown}.`;
}

/**
 * Whose the token is, where that is known.
 * @param {Pick<Refused, 'env' | 'subject' | 'principal'>} refused
 * @returns {{ name?: string, told: string } | undefined}
 */
function ownerOf({ env, subject, principal }) {
  if (subject) return { name: subject, told: `The token is for ${subject}: set PGUSER to that.` };
  if (principal === undefined) return undefined;
  const { DATABRICKS_CLIENT_ID: id = '' } = env;
  const isVariable = principal === 'DATABRICKS_CLIENT_ID';
  const isShown = isVariable && isPlain('DATABRICKS_CLIENT_ID', env);
  const shown = isShown ? id.trim() : `the ${principal}`;
  return {
    ...(isVariable && { name: id.trim() }),
    told: `The token is the service principal's: set PGUSER to ${shown}.`,
  };
}

/**
 * Only of an identity: a role of another name would not be the token's.
 * @param {Refused} refused
 */
function howToMake({ env, subject, principal }) {
  const { PGUSER: user = '' } = env;
  const identity = ownerOf({ env, subject, principal })?.name ?? withoutPercent(user) ?? user;
  const isEmail = /^[^\s@]+@[^\s@]+$/.test(identity);
  if (!isEmail && !isUuid(identity)) return '';
  if (!isPlain('PGUSER', { ...env, PGUSER: identity })) return '';
  const kind = isEmail ? 'USER' : 'SERVICE_PRINCIPAL';
  return (
    'If the role does not exist, its owner makes it: CREATE EXTENSION IF NOT EXISTS databricks_auth; ' +
    `SELECT databricks_create_role('${identity.replaceAll("'", "''")}', '${kind}');`
  );
}

const WHOSE =
  "PGUSER must be the token's identity: an e-mail, or a service principal's application id.";

module.exports = { refusedRole };
