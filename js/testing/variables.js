// The variables of `workspace.env`: those that lead to it, and those that would lead elsewhere.
'use strict';

/**
 * What chooses host, workspace and identity in this package and in Databricks' SDKs, all empty: this
 * package and the SDKs for Go and Python take that for unset.
 * @type {Readonly<Record<import('lakebase-token/testing').EmulatedVariable, ''>>}
 */
const UNSET = Object.freeze({
  DATABRICKS_HOST: '',
  LAKEBASE_ENDPOINT: '',
  LAKEBASE_TOKEN_STORE: '',
  LAKEBASE_TOKEN_STORE_KEY: '',
  DATABRICKS_TOKEN: '',
  DATABRICKS_CLIENT_ID: '',
  DATABRICKS_CLIENT_SECRET: '',
  DATABRICKS_WORKSPACE_ID: '',
  DATABRICKS_ACCOUNT_ID: '',
  DATABRICKS_GROUP_ID: '',
  DATABRICKS_AUTH_TYPE: '',
  DATABRICKS_CONFIG_PROFILE: '',
  DATABRICKS_CONFIG_FILE: '',
  DATABRICKS_DISCOVERY_URL: '',
  DATABRICKS_USERNAME: '',
  DATABRICKS_PASSWORD: '',
  DATABRICKS_OIDC_TOKEN: '',
  DATABRICKS_OIDC_TOKEN_ENV: '',
  DATABRICKS_OIDC_TOKEN_FILE: '',
  DATABRICKS_OIDC_TOKEN_FILEPATH: '',
  DATABRICKS_TOKEN_AUDIENCE: '',
  DATABRICKS_METADATA_SERVICE_URL: '',
  DATABRICKS_AZURE_RESOURCE_ID: '',
  DATABRICKS_GOOGLE_SERVICE_ACCOUNT: '',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: '',
  ACTIONS_ID_TOKEN_REQUEST_URL: '',
  ARM_CLIENT_ID: '',
  ARM_CLIENT_SECRET: '',
  ARM_TENANT_ID: '',
  ARM_USE_MSI: '',
  GOOGLE_CREDENTIALS: '',
  VERCEL_OIDC_TOKEN: '',
  VERCEL_OIDC_TOKEN_FILE: '',
});

module.exports = { UNSET };
