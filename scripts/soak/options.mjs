/**
 * The variables of a workspace that knows a client secret, as options of a provider.
 * @param {Readonly<Record<string, string>>} env
 */
export function optionsOf(env) {
  return {
    host: env.DATABRICKS_HOST,
    endpoint: env.LAKEBASE_ENDPOINT,
    identity: {
      clientId: String(env.DATABRICKS_CLIENT_ID),
      clientSecret: String(env.DATABRICKS_CLIENT_SECRET),
    },
  };
}
