// What programs find in their environment: nothing of this repository's, and no variable of Lakebase
// or Postgres but those that a check gives them.

/**
 * What a build on a machine without any settings sees.
 * @returns {NodeJS.ProcessEnv}
 */
export function bareEnvironment() {
  const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
  return { ...Object.fromEntries(inherited), NEXT_TELEMETRY_DISABLED: '1', CI: 'true' };
}

// npm tells its scripts where the package is that they belong to, and other npms believe it.
const FOREIGN =
  /^(DATABRICKS_|LAKEBASE_|DATABASE_|PG|NEXT_|NODE_ENV$|INIT_CWD$|npm_package_|npm_lifecycle_|npm_config_local_prefix$)/;
