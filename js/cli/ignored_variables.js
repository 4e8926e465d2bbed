// The variables that a file nobody named may not set: with one of them it would choose a program, a library
// or a certificate for `exec`'s command, or the way that secrets take. An app's own variables have other
// names, and reach the command. A list is never whole, so the way of our own requests does not depend on
// it: this process takes only DATABRICKS_*, LAKEBASE_*, libpq's variables and Vercel's ID token from such a file.
'use strict';

/** The way, and whom to trust on it: curl's, Node's, OpenSSL's, Python's, AWS's. */
const NETWORK = [
  '(HTTPS?|ALL|NO|FTP|WSS?|SOCKS)_PROXY',
  'GLOBAL_AGENT_.*',
  'SSL_CERT_(FILE|DIR)',
  'SSLKEYLOGFILE',
  'OPENSSL_.*',
  '(CURL|REQUESTS|AWS)_CA_BUNDLE',
  'CURL_HOME',
];

/** Node and what people run with it: `--require`, addons, engines, registries, shells of scripts. */
const NODE = [
  'NODE_(?!ENV$).*',
  '(NPM|PNPM)_CONFIG_.*',
  'NPM_(NODE_)?EXECPATH',
  '(YARN|COREPACK|BUN|DENO|TSX|TS_NODE|SWC|ESBUILD)_.*',
  'NAPI_RS_.*',
  'PRISMA_.*(ENGINE|BINAR|MIRROR|LIBRARY).*',
];

/** This package's, psql's, the Databricks CLI's and its SDKs': programs, files, other issuers of tokens, other places. */
const OURS = [
  'LAKEBASE_TOKEN_BINARY',
  // Whoever chooses both of them reads the token; the store alone, and every cold start waits for it.
  'LAKEBASE_TOKEN_STORE(_KEY)?',
  'PSQL_.*',
  'PSQLRC',
  'DATABRICKS_(CLI_PATH|CONFIG_FILE|METADATA_SERVICE_URL|DISCOVERY_URL|OIDC_.*|TF_.*)',
  'ACTIONS_ID_TOKEN_.*',
  'VERCEL_OIDC_TOKEN_FILE',
];

/** https://git-scm.com/docs/git#_environment_variables, and whom it asks. */
const GIT = ['GIT_.*', '(SSH|SUDO)_ASKPASS'];

/** What glibc withholds from a program with other rights (sysdeps/generic/unsecvars.h). */
const LOADER = [
  'LD_.*',
  'DYLD_.*',
  '_?RLD_?.*',
  'LDR_.*',
  'LIBPATH',
  'SHLIB_PATH',
  'GCONV_PATH',
  'GETCONF_DIR',
  'GLIBC_TUNABLES',
  'HOSTALIASES',
  'LOCALDOMAIN',
  'LOCPATH',
  'MALLOC_TRACE',
  'NIS_PATH',
  'NLSPATH',
  'RES_OPTIONS',
  'RESOLV_.*',
  'TMPDIR',
  'TMP',
  'TEMP',
  'TZDIR',
];

/** Shells and other languages: much of it is what sudo takes out (plugins/sudoers/env.c). */
const INTERPRETERS = [
  'PATH',
  'PATHEXT',
  'COMSPEC',
  'SYSTEMROOT',
  'WINDIR',
  'PSMODULEPATH',
  'SHELL',
  'SHELLOPTS',
  'BASHOPTS',
  'BASH_(ENV|FUNC_.*)',
  'ENV',
  'IFS',
  'PS4',
  'PROMPT_COMMAND',
  'CDPATH',
  'FPATH',
  'ZDOTDIR',
  'GLOBIGNORE',
  'NULLCMD',
  'READNULLCMD',
  'PYTHON.*',
  'PERL.*',
  'RUBY(LIB|OPT|PATH)',
  'GEM_(HOME|PATH)',
  'BUNDLE_.*',
  'PHP(RC|_INI_SCAN_DIR)',
  'LUA_.*',
  'KRB5.*',
  'TERMINFO(_DIRS)?',
  'TERMCAP',
];

/** Java's; their tools have options, and folders that they are started from. */
const JVM = [
  'CLASSPATH',
  '(_JAVA|JDK_JAVA)_OPTIONS',
  'JAVA_TOOL_OPTIONS',
  '(JAVA|JVM|JDK|JRE|MAVEN|M2|GRADLE|SBT|ANT|CATALINA|KOTLIN|SCALA)_(USER_)?(OPTS|ARGS|HOME)',
  'JAVACMD',
];

/** .NET's profilers and start-up hooks. `…_ENVIRONMENT` is the app's own, as `NODE_ENV` is. */
const DOTNET = [
  'DOTNET_(?!ENVIRONMENT$).*',
  '(CORECLR|COR|COMPLUS)_.*',
  'ASPNETCORE_HOSTINGSTARTUP.*',
];

/** Compilers, what they are given, and where they load code from. */
const COMPILERS = [
  'CC',
  'CXX',
  'CPP',
  'AR',
  'LD',
  '(C|CXX|CPP|LD)FLAGS',
  '(GNU)?MAKE(FLAGS|FILES)',
  'MFLAGS',
  'CGO_.*',
  'GO(FLAGS|ENV|PATH|ROOT|BIN|CACHE|MODCACHE|PROXY|NOPROXY|SUMDB|NOSUMDB|INSECURE|PRIVATE|TOOLCHAIN|VCS|AUTH|WORK)',
  'CARGO(_.*)?',
  'RUST(C|DOC|UP)(_.*)?',
  'RUST(DOC)?FLAGS',
];

/** Of Erlang, R, Julia; `MIX_ENV` is the app's own. */
const RUNTIMES = [
  'ERL_.*',
  'ELIXIR_ERL_OPTIONS',
  'MIX_(HOME|ARCHIVES|EXS|PATH|DEPS_PATH|REBAR.*)',
  'R_(PROFILE|ENVIRON|LIBS|HOME|DEFAULT_PACKAGES).*',
  'JULIA_.*',
  'PIP_.*',
];

/** Tools for a database that load drivers, scripts and settings; what only names something is left. */
const MIGRATIONS = [
  'ALEMBIC_CONFIG',
  'FLYWAY_(?!(USER|SCHEMAS|DEFAULT_SCHEMA|TABLE|TARGET|BASELINE_.*|PLACEHOLDERS_.*)$).*',
  'LIQUIBASE_(?!COMMAND_(USERNAME|CONTEXTS|LABEL_?FILTER|DEFAULT_SCHEMA_NAME)$).*',
  'TF_(CLI_.*|PLUGIN_CACHE_DIR|DATA_DIR)',
];

/** Programs that others start, and where all of them look for their own files. */
const SURROUNDINGS = [
  '(.*_)?(EDITOR|PAGER)',
  'VISUAL',
  'BROWSER',
  'LESS(OPEN|CLOSE|KEY.*)?',
  'HOME',
  'HOMEDRIVE',
  'HOMEPATH',
  'USERPROFILE',
  '(LOCAL)?APPDATA',
  'PROGRAMDATA',
  'XDG_.*',
];

const LANGUAGES = [INTERPRETERS, JVM, DOTNET, COMPILERS, RUNTIMES];
const ALL = [NETWORK, NODE, OURS, GIT, LOADER, ...LANGUAGES, MIGRATIONS, SURROUNDINGS].flat();

/** For names in upper case. */
exports.IGNORED = new RegExp(`^(${ALL.join('|')})$`);
