// The variables as they may be shown: where each came from, and of a secret enough to recognise it.
'use strict';

/**
 * @param {{ env: Record<string, string | undefined>, origins: Map<string, string>,
 *   shadowed: Map<string, string> }} loaded
 */
function shownVariables({ env, origins, shadowed }) {
  return Object.entries(VARIABLES)
    .filter(([name]) => env[name] !== undefined)
    .map(([name, shown]) => {
      const value = env[name] === '' ? '(empty: as if it were not set)' : shown(env[name]);
      const other = shadowed.get(name);
      const environment = other ? `environment, which wins over ${other}` : 'environment';
      return { name, value, from: origins.get(name) ?? environment };
    });
}

/** `dapi…1234`: four letters at each end, if that leaves most of it in the dark. */
function hint(secret) {
  if (secret.length < 12) return '…';
  return `${secret.slice(0, 4)}…${secret.length < 24 ? '' : secret.slice(-4)}`;
}

/** A URL without what people paste with it: a user, a password, a query. */
function withoutCredentials(url) {
  return url.replace(/^([^/]*\/\/)?[^/]*@/, '$1…@').replace(/[?#].*$/s, '?…');
}

const asItIs = String;

// Only what is worth seeing; what is read, and how, is decided by the core (src/config/env.rs).
const VARIABLES = {
  DATABRICKS_HOST: withoutCredentials,
  LAKEBASE_ENDPOINT: asItIs,
  DATABRICKS_TOKEN: hint,
  DATABRICKS_CLIENT_ID: asItIs,
  DATABRICKS_CLIENT_SECRET: hint,
  NODE_EXTRA_CA_CERTS: asItIs,
  SSL_CERT_FILE: asItIs,
  SSL_CERT_DIR: asItIs,
  NODE_USE_SYSTEM_CA: asItIs,
  https_proxy: withoutCredentials,
  HTTPS_PROXY: withoutCredentials,
  all_proxy: withoutCredentials,
  ALL_PROXY: withoutCredentials,
  no_proxy: asItIs,
  NO_PROXY: asItIs,
  PGHOST: asItIs,
  PGPORT: asItIs,
  PGUSER: asItIs,
  PGDATABASE: asItIs,
  PGSSLMODE: asItIs,
  PGSSLROOTCERT: asItIs,
};

module.exports = { hint, shownVariables, withoutCredentials };
