import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startWorkspaceEmulator, type WorkspaceEmulator } from 'lakebase-token/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takenFrom } from '../js/cli/default_files.js';
import { newFolder, run, TRUE } from './support/command_line';
import { startProxy } from './support/proxy';

const SECRET = 'dose-canary-canary-canary-canary';
const TOKEN = 'dapi-canary-canary-canary-canary';

/** What somebody's shell holds. */
const SHELL = { DATABRICKS_CLIENT_ID: 'me', DATABRICKS_CLIENT_SECRET: SECRET };

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the files hold such references
describe('without the identity in it', () => {
  test.each([
    'https://dbc-1a2b3c4d-5e6f.cloud.databricks.com',
    'dbc-1a2b3c4d-5e6f.cloud.databricks.com/?o=1',
    'https://DBC-1.Cloud.Databricks.COM:443/sql#x',
    'https://dbc-1.cloud.databricks.com.',
    'https://dbc-1.cloud.databricks.com.:443/',
    'https://dbc-1.cloud.databricks.us',
    'https://dbc-1.cloud.databricks.mil',
    'https://adb-1234567890123456.7.azuredatabricks.net/',
    'https://adb-1.2.databricks.azure.us',
    'https://adb-1.2.databricks.azure.cn',
    'https://1234567890123456.7.gcp.databricks.com',
    'http://localhost:8080',
    'http://127.0.0.1:1',
    'http://127.9.9.9',
    'http://[::1]:1',
    '',
  ])("DATABRICKS_HOST is taken if it is Databricks' own or this machine: %j", (host) => {
    const { own, refused } = takenFrom({ DATABRICKS_HOST: host }, SHELL);
    expect({ own, refused }).toEqual({ own: { DATABRICKS_HOST: host }, refused: [] });
  });

  test.each([
    'https://evil.test',
    'evil.test',
    'https://evil.test#.cloud.databricks.com',
    'https://evil.test/.cloud.databricks.com',
    'https://evil.test?.cloud.databricks.com',
    'https://evil.test\\.cloud.databricks.com',
    'https://evil.test\\@dbc-1.cloud.databricks.com',
    'https://dbc-1.cloud.databricks.com@evil.test',
    'https://dbc-1.cloud.databricks.com:443@evil.test',
    'https://dbc-1.cloud.databricks.com\\@evil.test',
    'https://dbc-1.cloud.databricks.com\t@evil.test',
    'https://evil.test/@dbc-1.cloud.databricks.com',
    'https://user:password@dbc-1.cloud.databricks.com',
    'https:///evil.test/.cloud.databricks.com',
    'https:evil.test',
    '//evil.test',
    'https://dbc-1.cloud.databricks.com.evil.test',
    'https://dbc-1.cloud.databricks.com..',
    'https://cloud.databricks.com.',
    'https://evil.test.',
    'https://evil-cloud.databricks.com',
    'https://evilcloud.databricks.com',
    'https://cloud.databricks.com',
    'https://.cloud.databricks.com',
    'https://databricks.com.evil.test',
    'https://my-app-1.aws.databricksapps.com',
    'https://evil.azuredatabricks.net.test',
    'https://dbc-1.cloud.databricks\u3002com',
    'https://dbc-1.cloud.databr\u0456cks.com',
    'https://evil.test\u2044.cloud.databricks.com',
    'https://evil.test%2f.cloud.databricks.com',
    'https://evil.test%00.cloud.databricks.com',
    'https://evil.test;.cloud.databricks.com',
    'https://evil.test .cloud.databricks.com',
    'https://evil.test\n.cloud.databricks.com',
    'https://evil.test,dbc-1.cloud.databricks.com',
    'http://127.0.0.1.evil.test',
    'http://127.evil.test',
    'http://localhost.evil.test',
    'http://evil.localhost',
    'http://localhost@evil.test',
    'http://[::1]@evil.test',
    'http://[::1].evil.test',
    'http://[::ffff:192.0.2.1]',
    'http://0x7f.1',
    'http://2130706433',
    'http://0.0.0.0',
    'http://10.0.0.1',
    'http://127.1',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
  ])('DATABRICKS_HOST is refused if it is anything else: %j', (host) => {
    const { own, refused } = takenFrom({ DATABRICKS_HOST: host }, SHELL);
    expect(own).toEqual({});
    expect(refused).toEqual([
      { name: 'DATABRICKS_HOST', why: "is neither Databricks' own host nor this machine" },
    ]);
  });

  test.each<[string, string, boolean]>([
    ['PGHOST', 'ep-cool-1.database.us-east-1.cloud.databricks.com', true],
    ['PGHOST', 'ep-cool-1.database.eastus2.azuredatabricks.net', true],
    ['PGHOST', 'ep-cool-1.database.us-east-1.cloud.databricks.com.', true],
    ['PGHOST', 'localhost', true],
    ['PGHOST', '127.0.0.1', true],
    ['PGHOST', '::1', true],
    ['PGHOST', '/var/run/postgresql', true],
    ['PGHOST', 'localhost,127.0.0.1', true],
    ['PGHOST', '', true],
    ['PGHOST', 'db.test', false],
    ['PGHOST', 'ep-cool-1.database.us-east-1.cloud.databricks.com,evil.test', false],
    ['PGHOST', 'evil.test,localhost', false],
    ['PGHOST', 'localhost,', false],
    ['PGHOST', 'localhost:5432', false],
    ['PGHOST', ' localhost', false],
    ['PGHOST', '@/tmp/abstract', false],
    ['PGHOST', 'postgresql://me@evil.test/x.cloud.databricks.com', false],
    ['PGHOST', 'host=evil.test .cloud.databricks.com', false],
    ['PGHOST', 'evil.test\\.cloud.databricks.com', false],
    ['PGHOST', '127.0.0.1.evil.test', false],
    ['PGHOST', '127.1', false],
    ['PGHOST', '0127.0.0.1', false],
    ['PGHOST', '10.0.0.1', false],
    ['PGHOST', '::ffff:192.0.2.1', false],
    ['PGHOSTADDR', '127.0.0.1', true],
    ['PGHOSTADDR', '192.0.2.1', false],
    ['PGHOSTADDR', '127.0.0.1,192.0.2.1', false],
    ['PGHOSTADDR', 'ep-cool-1.cloud.databricks.com', false],
  ])('%s=%j is taken: %s', (name, value, isTaken) => {
    const { own, refused } = takenFrom({ [name]: value }, SHELL);
    expect(Object.keys(own)).toEqual(isTaken ? [name] : []);
    expect(refused.map(({ name }) => name)).toEqual(isTaken ? [] : [name]);
  });

  test.each([
    ['PGDATABASE', 'host=evil.test'],
    ['PGDATABASE', 'dbname=d options=x'],
    ['PGDATABASE', 'service=evil'],
    ['PGDATABASE', 'postgresql://evil.test'],
    ['PGDATABASE', 'postgres://'],
    ['PGDATABASE', '$URL'],
    // Without PGDATABASE it is the name of the database, too.
    ['PGUSER', 'host=evil.test'],
    ['PGUSER', 'postgresql://me@evil.test'],
    // Scripts put them together: "host=$PGHOST port=$PGPORT".
    ['PGPORT', '5432 host=evil.test'],
    ['PGHOST', '/tmp host=evil.test'],
    ['PGHOST', 'postgresql://evil.test'],
    ['PGHOSTADDR', '127.0.0.1 host=evil.test'],
  ])('a connection string is refused: %s=%j', (name, value) => {
    const { own, refused } = takenFrom({ [name]: value, URL: 'postgres://evil.test' }, SHELL);
    expect({ own, refused }).toEqual({
      own: {},
      refused: [{ name, why: 'is a connection string' }],
    });
  });

  test.each([
    ...['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'HTTP_PROXY', 'http_proxy'],
    ...['NO_PROXY', 'no_proxy', 'Https_Proxy', 'SOCKS_PROXY', 'NODE_USE_ENV_PROXY'],
    ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'NODE_TLS_REJECT_UNAUTHORIZED'],
    ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'SSLKEYLOGFILE', 'OPENSSL_CONF', 'REQUESTS_CA_BUNDLE'],
    ...['NODE_OPTIONS', 'NODE_PATH', 'NODE_REPL_EXTERNAL_MODULE', 'NODE_PG_FORCE_NATIVE'],
    ...['NODE_COMPILE_CACHE', 'NAPI_RS_NATIVE_LIBRARY_PATH', 'PRISMA_SCHEMA_ENGINE_BINARY'],
    ...['npm_config_script_shell', 'NPM_CONFIG_REGISTRY', 'BUN_OPTIONS', 'YARN_RC_FILENAME'],
    ...['PATH', 'Path', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'DYLD_INSERT_LIBRARIES', 'GCONV_PATH'],
    ...['GLIBC_TUNABLES', 'HOSTALIASES', 'RES_OPTIONS', 'LOCALDOMAIN', 'TMPDIR'],
    ...['BASH_ENV', 'ENV', 'SHELL', 'IFS', 'PS4', 'ZDOTDIR', 'BASH_FUNC_psql', 'COMSPEC'],
    ...['EDITOR', 'VISUAL', 'PAGER', 'BROWSER', 'LESSOPEN', 'PSQL_PAGER', 'PSQL_EDITOR', 'PSQLRC'],
    ...['GIT_SSH_COMMAND', 'GIT_PAGER', 'SSH_ASKPASS', 'HOME', 'XDG_CONFIG_HOME', 'APPDATA'],
    ...['PYTHONPATH', 'PYTHONSTARTUP', 'PERL5OPT', 'RUBYOPT', 'JAVA_TOOL_OPTIONS', 'CLASSPATH'],
    ...['PGSERVICE', 'PGSERVICEFILE', 'PGPASSFILE', 'PGSYSCONFDIR', 'PGSSLROOTCERT', 'PGSSLCERT'],
    ...['PGSSLKEY', 'PGSSLCRL', 'PGSSLMODE', 'PGREQUIREAUTH', 'PGGSSENCMODE', 'pgsslmode'],
    ...['LAKEBASE_TOKEN_BINARY', 'LAKEBASE_TOKEN_STORE', 'LAKEBASE_TOKEN_STORE_KEY'],
    ...['DATABRICKS_CLI_PATH', 'DATABRICKS_CONFIG_FILE', 'DATABRICKS_METADATA_SERVICE_URL'],
    ...['DATABRICKS_OIDC_TOKEN_ENV', 'DATABRICKS_TF_EXEC_PATH', 'DATABRICKS_TF_CLI_CONFIG_FILE'],
    ...['TF_CLI_CONFIG_FILE', 'TF_CLI_ARGS', 'TF_CLI_ARGS_plan', 'TF_PLUGIN_CACHE_DIR'],
    ...['DOTNET_STARTUP_HOOKS', 'DOTNET_ROOT', 'CORECLR_PROFILER_PATH', 'COR_PROFILER'],
    ...['COMPlus_StartupHooks', 'ASPNETCORE_HOSTINGSTARTUPASSEMBLIES', 'JAVACMD'],
    ...['MAVEN_OPTS', 'MAVEN_ARGS', 'JAVA_OPTS', 'GRADLE_OPTS', 'GRADLE_USER_HOME', 'JAVA_HOME'],
    ...['JDK_HOME', 'JDK_JAVA_OPTIONS', 'GOFLAGS', 'GOPROXY', 'GOTOOLCHAIN', 'CGO_CFLAGS'],
    ...['RUSTC', 'RUSTC_WRAPPER', 'RUSTFLAGS', 'RUSTUP_HOME', 'CARGO', 'CARGO_HOME'],
    ...['CARGO_BUILD_RUSTC_WRAPPER', 'CC', 'CXX', 'CFLAGS', 'LDFLAGS', 'MAKEFLAGS', 'MAKEFILES'],
    ...['ERL_FLAGS', 'ERL_LIBS', 'R_PROFILE', 'R_PROFILE_USER', 'R_LIBS', 'R_LIBS_USER'],
    ...['JULIA_LOAD_PATH', 'MIX_HOME', 'PIP_INDEX_URL', 'npm_execpath', 'npm_node_execpath'],
    ...['ALEMBIC_CONFIG', 'FLYWAY_URL', 'FLYWAY_JAR_DIRS', 'FLYWAY_CONFIG_FILES'],
    ...['LIQUIBASE_CLASSPATH', 'LIQUIBASE_COMMAND_DRIVER', 'LIQUIBASE_DEFAULTS_FILE'],
  ])('%s is ignored', (name) => {
    const value = name.toUpperCase() === 'PGSSLMODE' ? 'disable' : '/evil';
    const taken = takenFrom({ [name]: value }, SHELL);
    expect(taken).toMatchObject({ own: {}, passedOn: {}, refused: [], ignored: [name] });
  });

  test.each(['HTTPS_PROXY', 'PATH', 'PGSSLROOTCERT', 'PGSSLMODE'])(
    '%s is not named where it is empty, nor taken, which would switch off a later file’s',
    (name) => {
      const taken = takenFrom({ [name]: '' }, SHELL);
      expect(taken).toMatchObject({ own: {}, passedOn: {}, refused: [], ignored: [] });
    },
  );

  test.each([
    ['LAKEBASE_ENDPOINT', 'projects/p/branches/b/endpoints/e'],
    ['DATABRICKS_CLIENT_ID', 'me'],
    ['DATABRICKS_WAREHOUSE_ID', '1'],
    ['PGUSER', 'me@x.test'],
    ['PGDATABASE', 'd'],
    ['PGPORT', '5432'],
    ['PGAPPNAME', 'shop'],
    ['PGSSLMODE', 'verify-full'],
    ['PGSSLROOTCERT', 'system'],
  ])('%s=%s is taken', (name, value) => {
    expect(takenFrom({ [name]: value }, {})).toMatchObject({ own: { [name]: value }, ignored: [] });
  });

  test.each([
    ...['NEXT_PUBLIC_X', 'STRIPE_API_KEY', 'NODE_ENV', 'PORT', 'DATABASE_URL', 'PGADMIN_EMAIL'],
    ...['ASPNETCORE_ENVIRONMENT', 'DOTNET_ENVIRONMENT', 'MIX_ENV', 'TF_VAR_region', 'NPM_TOKEN'],
    ...['FLYWAY_SCHEMAS', 'FLYWAY_PLACEHOLDERS_a', 'LIQUIBASE_COMMAND_USERNAME', 'CORS_ORIGIN'],
    ...[
      'GOOGLE_CLIENT_ID',
      'GOOGLE_AUTH_URL',
      'CCC',
      'CARGOS',
      'R_AND_D',
      'RUST_LOG',
      'JAVA_API_URL',
    ],
    ...['MAVEN_REPOSITORY', 'ERLANGEN', 'CORE_URL', 'COREPATH', 'UV_THREADPOOL_SIZE', 'CC_EMAIL'],
    ...['TRUST_PROXY', 'PATHS', 'HOMEPAGE', 'AWS_REGION', 'PRISMA_LOG', 'ENVIRONMENT'],
  ])('%s is the command’s, as it is', (name) => {
    const variables = Object.fromEntries([[name, 'a b']]);
    const { own, passedOn, ignored } = takenFrom(variables, SHELL);
    expect({ own, ignored }).toEqual({ own: {}, ignored: [] });
    expect(Object.entries(passedOn)).toEqual([[name, 'a b']]);
  });

  test.each([
    ['DATABRICKS_HOST', 'https://$DATABRICKS_CLIENT_SECRET.evil.test'],
    ['DATABRICKS_HOST', 'https://${DATABRICKS_CLIENT_SECRET}.cloud.databricks.com'],
    ['DATABRICKS_HOST', 'https://${NOBODY:-x}-$AWS_SECRET.cloud.databricks.com'],
    ['LAKEBASE_ENDPOINT', 'projects/$AWS_SECRET/branches/b/endpoints/e'],
    ['PGUSER', '$DATABRICKS_CLIENT_SECRET'],
    ['PGUSER', '${NOBODY:-$AWS_SECRET}'],
    ['PGUSER', '$VIA'],
    ['PGAPPNAME', 'x${AWS_SECRET}'],
    ['PGOPTIONS', '-c a.b=$AWS_SECRET'],
    ['DATABRICKS_ACCOUNT_ID', '$AWS_SECRET'],
  ])('no secret of the environment gets into %s=%s', (name, value) => {
    const variables = { VIA: '$AWS_SECRET', [name]: value };
    const { own, refused } = takenFrom(variables, { ...SHELL, AWS_SECRET: 'canary-2' });
    expect(own).toEqual({});
    expect(refused.map(({ name }) => name)).toEqual([name]);
  });

  test('the identity’s secret does not get into a variable of the command either', () => {
    const variables = {
      SENTRY_DSN: 'https://x@evil.test/$DATABRICKS_CLIENT_SECRET',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://evil.test/${PGPASSWORD}',
      CALLBACK: 'http://localhost:$PORT/$PATH_OF_IT',
      PATH_OF_IT: 'back',
      A_DOLLAR: 'a\\$DATABRICKS_CLIENT_SECRET',
    };
    const { passedOn, ignored } = takenFrom(variables, {
      ...SHELL,
      PGPASSWORD: 'pw-1',
      PORT: '80',
    });
    expect(ignored).toEqual(['SENTRY_DSN', 'OTEL_EXPORTER_OTLP_ENDPOINT']);
    expect(passedOn).toEqual({
      CALLBACK: 'http://localhost:80/back',
      PATH_OF_IT: 'back',
      A_DOLLAR: 'a$DATABRICKS_CLIENT_SECRET',
    });
  });

  test('a value is put together of the file’s own variables, and of a person’s name', () => {
    const variables = {
      WORKSPACE: 'dbc-1',
      PGUSER: '$USER@x.test',
      DATABRICKS_HOST: 'https://${WORKSPACE}.cloud.databricks.com',
    };
    expect(takenFrom(variables, { ...SHELL, USER: 'me' }).own).toEqual({
      DATABRICKS_HOST: 'https://dbc-1.cloud.databricks.com',
      PGUSER: 'me@x.test',
    });
  });

  test.each<[string, string, boolean]>([
    ['LAKEBASE_ENDPOINT', 'projects/$PROJECT/branches/b/endpoints/e', true],
    ['PGUSER', '$DATABRICKS_CLIENT_ID', true],
    ['PGUSER', '$PROJECT', true],
    ['PGUSER', '${NOBODY:-$PROJECT}', true],
    ['PGDATABASE', '${PROJECT}_dev', true],
    ['PGAPPNAME', 'shop@$HOSTNAME', true],
    ['DATABRICKS_HOST', 'https://$DATABRICKS_CLIENT_ID.cloud.databricks.com', true],
    ['PGOPTIONS', '-c a.b=$DATABRICKS_CLIENT_ID', true],
    ['PGHOST', '$PROJECT', false],
    ['DATABRICKS_HOST', 'https://$PROJECT.cloud.databricks.com', false],
    ['PGOPTIONS', '-c a.b=$PROJECT', false],
    ['PGUSER', '$ANOTHER_NAME_OF_IT', false],
    ['PGUSER', '$A_TOKEN_BY_ITS_LOOKS', false],
    ['PGUSER', '$DATABRICKS_CLIENT_SECRET', false],
    ...['X_TOKEN', 'SECRET_X', 'DB_PASS', 'PGPASSWORD', 'API_KEY', 'CREDS', 'NPM_AUTH'].map(
      (name): [string, string, boolean] => ['PGUSER', `$${name}`, false],
    ),
    ...['A_COOKIE', 'SESSION_ID', 'PRIVATE_X', 'GITHUB_PAT', 'A_URL', 'https_proxy', 'X_PWD'].map(
      (name): [string, string, boolean] => ['PGAPPNAME', `$${name}`, false],
    ),
  ])('what the environment says may be in %s=%s: %s', (name, value, isTaken) => {
    const referred = value.match(/\w+/g)?.map((word) => [word, 'canary-2']) ?? [];
    const outer = {
      ...Object.fromEntries(referred),
      ...SHELL,
      PROJECT: 'shop',
      HOSTNAME: 'here',
      ANOTHER_NAME_OF_IT: `x${SECRET}`,
      A_TOKEN_BY_ITS_LOOKS: 'dapi0123456789abcdef',
      NOBODY: '',
      [name]: undefined,
    };
    const { own, refused } = takenFrom({ [name]: value }, outer);
    expect(Object.keys(own)).toEqual(isTaken ? [name] : []);
    expect(refused).toEqual(
      isTaken ? [] : [{ name, why: 'takes a part of its value from elsewhere' }],
    );
  });

  test.each<[string, Record<string, string>, Record<string, string>, boolean]>([
    ['disable', { PGHOST: 'localhost' }, {}, true],
    ['allow', { PGHOST: '127.0.0.1' }, {}, true],
    ['prefer', { PGHOST: '/var/run/postgresql' }, {}, true],
    ['disable', { PGHOST: '::1', PGHOSTADDR: '::1' }, {}, true],
    ['disable', {}, { PGHOST: 'localhost' }, true],
    ['none', { PGHOST: 'localhost' }, {}, false],
    ['disable', {}, {}, false],
    ['disable', { PGHOST: '' }, {}, false],
    ['disable', { PGHOST: 'ep-1.cloud.databricks.com' }, {}, false],
    ['disable', { PGHOST: 'localhost,ep-1.cloud.databricks.com' }, {}, false],
    ['disable', { PGHOST: 'localhost' }, { PGHOST: 'ep-1.cloud.databricks.com' }, false],
    ['disable', { PGHOST: 'localhost' }, { PGHOST: '' }, false],
    ['disable', { PGHOST: 'localhost' }, { PGHOSTADDR: '192.0.2.1' }, false],
  ])(
    'PGSSLMODE=%s with %j, in an environment with %j, is taken: %s',
    (mode, file, outer, isTaken) => {
      const taken = takenFrom({ PGSSLMODE: mode, ...file }, { ...SHELL, ...outer });
      expect(taken.own.PGSSLMODE).toBe(isTaken ? mode : undefined);
      expect(taken.ignored).toEqual(isTaken ? [] : ['PGSSLMODE']);
    },
  );

  test.each<[Record<string, string>, boolean]>([
    [{ PGHOST: 'localhost' }, true],
    [{ PGHOST: 'localhost', PGHOSTADDR: '192.0.2.1' }, false],
    [{ PGHOST: 'ep-1.cloud.databricks.com' }, false],
  ])('a weak PGSSLMODE counts the host of a later file, %j: %s', (later, isTaken) => {
    const { ignored } = takenFrom({ PGSSLMODE: 'disable' }, SHELL, later);
    expect(ignored).toEqual(isTaken ? [] : ['PGSSLMODE']);
  });

  test.each([
    ['postgresql://me@evil.test/d', true],
    ['postgres://evil.test', true],
    ['postgresql://me:@evil.test/d', true],
    ['postgresql://me@ep-1.cloud.databricks.com/d?host=evil.test', true],
    ['postgresql:///d?hostaddr=192.0.2.1', true],
    ['postgresql:///d?service=evil', true],
    ['postgresql://me@ep-1.cloud.databricks.com/d?sslmode=disable', true],
    ['postgresql://me@ep-1.cloud.databricks.com/d?sslmode=verify-full&sslrootcert=evil', true],
    ['postgresql://me@localhost,evil.test/d', true],
    ['host=evil.test user=me', true],
    ['user=me hostaddr = 192.0.2.1', true],
    ['service=x servicefile=./evil', true],
    ['postgresql+psycopg2://me@evil.test/d', true],
    ['postgresql+asyncpg://me@ep-1.cloud.databricks.com/d?host=evil.test', true],
    ['PG://evil.test', true],
    ['pgsql://evil.test/d', true],
    ['pgx5://evil.test/d', true],
    ['postgis://evil.test/d', true],
    ['cockroachdb+psycopg2://evil.test/d', true],
    ['jdbc:postgresql://evil.test/d', true],
    ['jdbc:aws-wrapper:postgresql://evil.test/d', true],
    ['JDBC:PostgreSQL://localhost:1,evil.test:2/d', true],
    ['jdbc:postgresql:d?PGHOST=evil.test', true],
    ['jdbc:postgresql://localhost/d?socketFactory=Evil', true],
    // libpq reads these otherwise than a URL's parser does.
    ['postgresql://localhost?x@evil.test/d', true],
    ['postgresql://localhost#@evil.test/d', true],
    ['postgresql://localhost/d#?host=evil.test', true],
    ['postgresql://me@evil.test,x@ep-1.cloud.databricks.com/d', true],
    ['postgresql://me:@evil.test,x:y@ep-1.cloud.databricks.com/d', true],
    ['po\tstgres://evil.test/d', true],
    ['postgresql+psycopg2://app:app@db:5432/d', false],
    ['postgresql://app:p@ss@db/d', false],
    ['pg://localhost/d', false],
    ['jdbc:postgresql://localhost:5432/d', false],
    ['jdbc:postgresql:d', false],
    ['postgresql://me@ep-1.cloud.databricks.com./d', false],
    ['mysql://root@db/d', false],
    ['postgresql://me@ep-1.cloud.databricks.com/d?sslmode=require', false],
    ['postgresql://me@localhost:5432/d', false],
    ['postgresql:///d', false],
    // Its own password goes before the token.
    ['postgresql://app:app@db:5432/d?schema=public', false],
    ['https://evil.test', false],
    ['--host=evil.test', false],
  ])('the URL %s would lead a token elsewhere: %s', (url, isElsewhere) => {
    const { passedOn, elsewhere } = takenFrom({ ANY_URL: url }, SHELL);
    expect(passedOn).toEqual({ ANY_URL: url });
    expect(elsewhere).toEqual(isElsewhere ? ['ANY_URL'] : []);
  });

  test.each([
    ...[
      'DATABASE_URL',
      'database_url',
      'DATABASEURL',
      'DB_URL',
      'DB_URI',
      'POSTGRES_URL',
      'PG_URI',
    ],
    ...['SHOP_DATABASE_URL', 'DIRECT_URL', 'SHADOW_DATABASE_URL', 'SQLALCHEMY_DATABASE_URI'],
    ...['JDBC_URL', 'JDBC_DATABASE_URL', 'SPRING_DATASOURCE_URL', 'QUARKUS_DATASOURCE_JDBC_URL'],
    ...[
      'POSTGRES_PRISMA_URL',
      'POSTGRES_URL_NON_POOLING',
      'DATABASE_URL_UNPOOLED',
      'GOOSE_DBSTRING',
    ],
    ...['DATABASE_PRIVATE_URL', 'PG_CONNECTION_STRING', 'DB_DSN', 'POSTGRESQL_DSN'],
  ])('in %s every scheme leads elsewhere', (name) => {
    const elsewhere = (value: string) => takenFrom({ [name]: value }, SHELL).elsewhere;
    const led = [
      'x://me@evil.test/d',
      'https://evil.test',
      '//evil.test/d',
      'http:evil.test',
      'x://a:b',
    ];
    expect(led.flatMap(elsewhere)).toEqual(led.map(() => name));
    const fine = ['x://app:app@db/d', 'x://localhost/d', 'sqlite:///app.db', 'sqlite://./app.db'];
    expect([...fine, 'file:./dev.db', '', 'd'].flatMap(elsewhere)).toEqual([]);
  });

  test.each([
    ...['API_URL', 'SENTRY_DSN', 'REDIRECT_URL', 'SANDBOX_URL', 'FEEDBACK_URL', 'PGADMIN_URL'],
    ...['MONGODB_URI', 'REDIS_DB_URL', 'MYSQL_DATABASE_URL', 'DIRECT_LINK_URL', 'DATABASE_NAME'],
  ])('in %s another scheme is the app’s', (name) => {
    expect(takenFrom({ [name]: 'x://me@evil.test/d' }, SHELL).elsewhere).toEqual([]);
  });

  test('what is set already is neither taken nor named', () => {
    const variables = {
      HTTPS_PROXY: 'evil',
      DATABRICKS_HOST: 'https://evil.test',
      PGUSER: '$PATH',
    };
    const outer = { ...SHELL, HTTPS_PROXY: '', DATABRICKS_HOST: 'https://ws.test', PGUSER: 'me' };
    expect(takenFrom(variables, outer)).toEqual({
      own: {},
      passedOn: {},
      ignored: [],
      refused: [],
      elsewhere: [],
    });
  });
});

const ID = { DATABRICKS_CLIENT_ID: 'me' };

const EVERYTHING = {
  DATABRICKS_HOST: 'https://workspace.test',
  PGHOST: 'db.test',
  HTTPS_PROXY: 'http://proxy.test',
  NODE_OPTIONS: '--require=./x.js',
  PGSSLMODE: 'disable',
  A: '$HOME',
};

describe('the identity', () => {
  test.each<[string, Record<string, string>, Record<string, string | undefined>]>([
    ['a token', { DATABRICKS_TOKEN: TOKEN }, {}],
    ['client credentials', SHELL, {}],
    [
      'a token, with an empty one in the environment for the secret',
      { DATABRICKS_TOKEN: TOKEN },
      { DATABRICKS_CLIENT_SECRET: ' ' },
    ],
    [
      'client credentials out of its own variables',
      { ...SHELL, S: 'x', DATABRICKS_CLIENT_SECRET: '$S' },
      {},
    ],
    ['a secret, with the id in the environment', { DATABRICKS_CLIENT_SECRET: SECRET }, ID],
    ['client credentials, with the id in the environment too', SHELL, ID],
    [
      'client credentials, with an empty token in the environment',
      { ...SHELL, DATABRICKS_TOKEN: 'x' },
      { DATABRICKS_TOKEN: ' ' },
    ],
  ])('in the file, %s, makes it be believed', (_what, identity, outer) => {
    const taken = takenFrom({ ...identity, ...EVERYTHING }, { ...outer, HOME: '/me' });
    expect(taken).toMatchObject({ ignored: [], refused: [], passedOn: {}, elsewhere: [] });
    expect(taken.own).toMatchObject({ ...EVERYTHING, A: '/me' });
  });

  test.each<[string, Record<string, string>, Record<string, string | undefined>]>([
    ['is in the environment', {}, SHELL],
    ['is in the environment, and in the file too', SHELL, SHELL],
    ['is in the environment, and another in the file', { DATABRICKS_TOKEN: TOKEN }, SHELL],
    ['is in both', SHELL, { DATABRICKS_TOKEN: TOKEN }],
    [
      'is in the file by half',
      { DATABRICKS_CLIENT_ID: 'me' },
      { DATABRICKS_CLIENT_SECRET: SECRET },
    ],
    ['is in the file without an id', { DATABRICKS_CLIENT_SECRET: SECRET }, {}],
    ['is in the file, with its id switched off', SHELL, { DATABRICKS_CLIENT_ID: '' }],
    ['is in the file, and empty', { DATABRICKS_TOKEN: ' ' }, {}],
    ['is switched off in the environment', { DATABRICKS_TOKEN: TOKEN }, { DATABRICKS_TOKEN: '' }],
    [
      'is taken from the environment',
      { DATABRICKS_TOKEN: '$AWS_SECRET' },
      { AWS_SECRET: 'canary' },
    ],
    [
      'is taken from there by detours',
      { ...SHELL, DATABRICKS_CLIENT_SECRET: '${X:-$Y}', Y: '$AWS_SECRET' },
      { AWS_SECRET: 'canary' },
    ],
    [
      'loses against one from the environment',
      { ...SHELL, DATABRICKS_TOKEN: '$AWS_SECRET' },
      { AWS_SECRET: 'canary' },
    ],
    ['is nowhere', {}, {}],
  ])('that %s does not', (_what, identity, outer) => {
    const taken = takenFrom({ ...identity, ...EVERYTHING }, outer);
    expect(taken.ignored).toEqual(['HTTPS_PROXY', 'NODE_OPTIONS', 'PGSSLMODE']);
    expect(taken.refused.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['DATABRICKS_HOST', 'PGHOST']),
    );
  });

  test('of a secret may have its id in a later file', () => {
    const file = { DATABRICKS_CLIENT_SECRET: SECRET, ...EVERYTHING };
    expect(takenFrom(file, {}, ID)).toMatchObject({ ignored: [], refused: [], passedOn: {} });
  });

  test('that loses against the token of a later file does not make it be believed', () => {
    const later = { DATABRICKS_TOKEN: TOKEN };
    const own = { ...SHELL, HTTPS_PROXY: 'http://evil.test' };
    expect(takenFrom(own, {}, later).ignored).toEqual(['HTTPS_PROXY']);
    const isOff = { ...own, DATABRICKS_TOKEN: '' };
    expect(takenFrom(isOff, {}, later).ignored).toEqual([]);
  });
});

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the files hold such references

describe('a folder that was cloned', () => {
  let workspace: WorkspaceEmulator;
  const keys = path.join(__dirname, '../support/tls');
  const file = (name: string) => path.join(keys, `test-only-${name}`);

  beforeAll(async () => {
    const [key, cert] = [file('server.key'), file('server.pem')].map((name) =>
      readFileSync(name, 'utf8'),
    );
    workspace = await startWorkspaceEmulator({ tls: { key: String(key), cert: String(cert) } });
  });

  afterAll(() => workspace?.close());

  const shell = () => ({
    ...workspace.env,
    SSL_CERT_FILE: file('ca.pem'),
    // Those of the machine that runs the tests would win.
    NODE_EXTRA_CA_CERTS: undefined,
    HTTPS_PROXY: undefined,
    https_proxy: undefined,
  });

  /** A folder with these env files. */
  function folder(files: Record<string, Record<string, string>>) {
    const cwd = newFolder();
    for (const [name, variables] of Object.entries(files)) {
      const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
      writeFileSync(path.join(cwd, name), lines.join(''));
    }
    return cwd;
  }

  const TOUCH_RAN = "require('node:fs').writeFileSync('ran', '')";
  const COMMANDS = [['token'], ['exec', '--', ...TRUE], ['verify']];

  test.each(COMMANDS)('does not choose the proxy of a secret: %s %s %s', async (...line) => {
    const thief = await startProxy(Number(new URL(workspace.url).port));
    const cwd = folder({
      '.env': {
        HTTPS_PROXY: thief.url,
        https_proxy: thief.url,
        NODE_EXTRA_CA_CERTS: file('self-signed.pem'),
      },
    });
    const { code, stdout, stderr } = await run(line.filter(Boolean), { cwd, env: shell() });
    expect(code).toBe(0);
    expect(thief.tunnels).toEqual([]);
    expect(line[0] === 'verify' ? stdout : stderr).toContain(
      '.env sets HTTPS_PROXY, https_proxy, NODE_EXTRA_CA_CERTS: ignored, because the identity does not ' +
        'stand in that file. If that is to count, name the files: --env-file .env',
    );
  });

  test('chooses it when somebody names the file', async () => {
    const proxy = await startProxy(Number(new URL(workspace.url).port));
    const cwd = folder({ '.env': { HTTPS_PROXY: proxy.url } });
    const { code, stderr } = await run(['token', '--env-file', '.env'], { cwd, env: shell() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(proxy.tunnels.length).toBeGreaterThan(0);
  });

  test('chooses it for its own identity', async () => {
    const proxy = await startProxy(Number(new URL(workspace.url).port));
    const cwd = folder({ '.env': { ...workspace.env, HTTPS_PROXY: proxy.url } });
    const env = { SSL_CERT_FILE: file('ca.pem') };
    const { code, stderr } = await run(['token'], { cwd, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(proxy.tunnels.length).toBeGreaterThan(0);
  });

  test.each(COMMANDS)('does not choose the workspace: %s %s %s', async (...line) => {
    const cwd = folder({
      '.env.local': { PORT: '1' },
      '.env': { DATABRICKS_HOST: 'https://evil.test' },
    });
    const env = { ...shell(), DATABRICKS_HOST: undefined };
    const { code, stdout, stderr } = await run(line.filter(Boolean), { cwd, env });
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(
      "DATABRICKS_HOST in .env is neither Databricks' own host nor this machine, and the identity does " +
        'not stand in that file. If that is right, name the files: --env-file .env.local --env-file .env',
    );
  });

  test('gets the secret of no file but the one that it stands in', async () => {
    const { DATABRICKS_CLIENT_ID, DATABRICKS_CLIENT_SECRET, DATABRICKS_HOST, ...rest } =
      workspace.env;
    const cwd = folder({
      '.env.local': { DATABRICKS_CLIENT_ID, DATABRICKS_CLIENT_SECRET } as Record<string, string>,
      '.env': { ...rest, DATABRICKS_HOST: 'https://evil.test' } as Record<string, string>,
    });
    const { code, stderr } = await run(['token'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('DATABRICKS_HOST in .env is neither');
    writeFileSync(
      path.join(cwd, '.env'),
      `DATABRICKS_HOST=${DATABRICKS_HOST}\nLAKEBASE_ENDPOINT=${rest.LAKEBASE_ENDPOINT}`,
    );
    expect(await run(['token'], { cwd, env: { SSL_CERT_FILE: file('ca.pem') } })).toMatchObject({
      code: 0,
    });
  });

  test('tells machines too', async () => {
    const cwd = folder({ '.env': { PGHOST: 'evil.test', PGUSER: 'me', PGDATABASE: 'd' } });
    const { code, stdout } = await run(['verify', '--json'], { cwd, env: shell() });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      steps: [
        {
          name: 'variables',
          status: 'failed',
          detail: expect.stringMatching(/^PGHOST in \.env is/),
        },
      ],
    });
  });

  test('chooses no program and no library for the command of exec', async () => {
    const cwd = folder({
      '.env': {
        NODE_OPTIONS: `--require=./evil.cjs`,
        BASH_ENV: './evil.sh',
        ENV: './evil.sh',
        PSQL_PAGER: './evil',
        PGSERVICEFILE: './evil',
        PGSSLMODE: 'disable',
        NEXT_PUBLIC_X: '1',
        API_KEY: 'a-key',
      },
    });
    writeFileSync(path.join(cwd, 'evil.cjs'), "require('fs').writeFileSync('stolen', '')");
    const env = { ...shell(), PGSSLMODE: undefined };
    const show = 'console.log(JSON.stringify(process.env))';
    const { code, stdout, stderr } = await run(['exec', '--', process.execPath, '-e', show], {
      cwd,
      env,
    });
    expect(code).toBe(0);
    expect(existsSync(path.join(cwd, 'stolen'))).toBe(false);
    const seen = JSON.parse(stdout);
    expect(seen).toMatchObject({ NEXT_PUBLIC_X: '1', API_KEY: 'a-key', PGSSLMODE: 'require' });
    for (const name of ['BASH_ENV', 'ENV', 'PSQL_PAGER', 'PGSERVICEFILE'])
      expect(seen).not.toHaveProperty(name);
    expect(stderr).toContain(
      '.env sets NODE_OPTIONS, BASH_ENV, ENV, PSQL_PAGER, PGSERVICEFILE, PGSSLMODE: ignored',
    );
  });

  test('runs no command with a URL that would lead its token elsewhere', async () => {
    const cwd = folder({ '.env': { DATABASE_URL: 'postgresql://me@evil.test/d' } });
    const line = ['exec', '--', process.execPath, '-e', TOUCH_RAN];
    const { code, stderr } = await run(line, { cwd, env: shell() });
    expect(code).toBe(1);
    expect(stderr).toContain(
      "DATABASE_URL in .env leads to a Postgres that is not Databricks' own",
    );
    expect(stderr).toContain('--env-file .env');
    expect(existsSync(path.join(cwd, 'ran'))).toBe(false);

    // One that is replaced leads nowhere.
    const env = { ...shell(), PGHOST: 'db.test', PGUSER: 'me', PGDATABASE: 'd' };
    expect(await run(line, { cwd, env })).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(path.join(cwd, 'ran'))).toBe(true);
  });

  test.each([
    ['PGDATABASE', 'host=evil.test'],
    ['PGDATABASE', 'dbname=d options=x'],
    ['PGUSER', 'postgresql://me@evil.test/d'],
    ['PGHOST', 'host=evil.test'],
  ])('runs no command with a connection string, %s=%s', async (name, value) => {
    const line = ['exec', '--', process.execPath, '-e', TOUCH_RAN];
    const refused = folder({ '.env': { [name]: value } });
    const first = await run(line, { cwd: refused, env: shell() });
    expect(first.stderr).toContain(`${name} in .env is a connection string, and the identity does`);

    // The file of the identity is believed, but no tool is led by it.
    const cwd = folder({ '.env': { ...workspace.env, [name]: value } });
    const env = { SSL_CERT_FILE: file('ca.pem') };
    const second = await run(line, { cwd, env });
    expect(second.stderr).toContain(`${name} is a connection string. Set ${name} to the`);
    expect([first.code, second.code]).toEqual([1, 1]);
    expect([refused, cwd].some((place) => existsSync(path.join(place, 'ran')))).toBe(false);

    // What somebody set is theirs.
    expect(await run(line, { cwd, env: { ...env, [name]: value } })).toMatchObject({ code: 0 });
    expect(await run(['exec', '--env-file', '.env', ...line.slice(1)], { cwd, env })).toMatchObject(
      {
        code: 0,
      },
    );
  });

  test.each([
    ['localhost', 'disable'],
    ['ep-1.cloud.databricks.com', 'require'],
  ])('weakens the way to %s of its other file to %s', async (PGHOST, mode) => {
    const cwd = folder({ '.env.local': { PGSSLMODE: 'disable' }, '.env': { PGHOST } });
    const show = 'console.log(process.env.PGHOST, process.env.PGSSLMODE)';
    const line = ['exec', '--', process.execPath, '-e', show];
    const { stdout } = await run(line, { cwd, env: { ...shell(), PGSSLMODE: undefined } });
    expect(stdout).toBe(`${PGHOST} ${mode}\n`);
  });

  test('is not listened to at length', async () => {
    const names = Array.from({ length: 500 }, (_, number) => [`NPM_CONFIG_${number}`, 'x']);
    const cwd = folder({ '.env': Object.fromEntries(names) });
    const { code, stderr } = await run(['token'], { cwd, env: shell() });
    expect(code).toBe(0);
    expect(stderr.length).toBeLessThan(500);
    expect(stderr).toContain('NPM_CONFIG_7 and 492 more: ignored');
  });
});
