// The package's entry: a thin facade that costs nothing to import. It notes the folder, starts nothing
// and loads the native addon on the first call, in a way that neither webpack nor Turbopack follows.
'use strict';

/**
 * @typedef {import('./addon.d.ts').Tokens} Tokens
 * @typedef {typeof import('lakebase-token')} Api
 *
 * What is used here of a client of pg.
 * @typedef {object} PgConnection
 * @property {boolean} [_connecting]
 * @property {{ destroy(error: Error): void }} stream
 * @property {(event: 'end', listener: () => void) => void} once
 */

/** @type {Tokens | undefined} */
let native;

/** Node has resolved NODE_EXTRA_CA_CERTS by now, and the application may go elsewhere later. */
const folder = workingFolder();

/** @type {(this: unknown) => ReturnType<Api['getLakebasePostgresToken']>} */
exports.getLakebasePostgresToken = function getLakebasePostgresToken() {
  const addon = native ?? load();
  return addon.hit() ?? closingIfRejected(addon.token(process.env), this);
};

/** @type {Api['getLakebaseCredential']} */
exports.getLakebaseCredential = function getLakebaseCredential(options) {
  return (native ?? load()).credential(process.env, options);
};

/** @type {Api['invalidateLakebasePostgresToken']} */
exports.invalidateLakebasePostgresToken = function invalidateLakebasePostgresToken(rejectedToken) {
  return (native ?? load()).invalidate(rejectedToken);
};

/** @type {Api['getLakebaseTokenStatus']} */
exports.getLakebaseTokenStatus = function getLakebaseTokenStatus() {
  return (native ?? load()).status(process.env);
};

/** @type {Api['createLakebaseTokens']} */
exports.createLakebaseTokens = function createLakebaseTokens(options) {
  return require('./tokens.js').createTokens(options, {
    load: () => native ?? load(),
    closingIfRejected,
  });
};

/**
 * pg calls the function as a method of its client, and leaves that client's socket open when the password
 * rejects (brianc/node-postgres#2907): an outage of the workspace would use up Postgres's connections, and
 * keep the process from ending. So the socket of a caller that looks like a client of pg is closed here.
 *
 * @param {Promise<string>} token
 * @param {unknown} caller
 */
function closingIfRejected(token, caller) {
  const connection = connectionOf(caller);
  // On the side, so that the caller gets the promise that everybody gets.
  if (connection !== undefined) token.catch((error) => close(connection, error));
  return token;
}

/** @param {unknown} caller */
function connectionOf(caller) {
  try {
    const { connection } = /** @type {{ connection?: PgConnection }} */ (caller ?? {});
    return typeof connection?.stream?.destroy === 'function' ? connection : undefined;
  } catch {
    return undefined; // Not a client of pg, then.
  }
}

/** @param {PgConnection} connection @param {Error} error */
function close(connection, error) {
  try {
    // With the error, so that pg reports it and not a lost connection.
    connection.stream.destroy(error);
    // pg before 8.10 would wait in end() for the close that has been, unless it never connected.
    connection.once('end', () => {
      connection._connecting = false;
    });
  } catch {
    // The rejected token tells what counts.
  }
}

function workingFolder() {
  try {
    // Deno asks its user for a permission.
    return process.versions.deno ? undefined : process.cwd();
  } catch {
    return undefined; // It has been removed.
  }
}

/** @returns {Tokens} */
function load() {
  try {
    const found = findNative();
    found.importedIn?.(folder);
    // The addon is of the realm that Node.js began with. Jest and vm contexts have others, with an Error, a
    // Promise and a Date of their own.
    native = found.hit instanceof Function ? found : require('./realm.js').inThisRealm(found);
    return native;
  } catch (error) {
    // Not remembered: the next call fails by itself, and says it again.
    return require('./unavailable.js').unavailable(
      /** @type {import('lakebase-token').LakebaseTokenError} */ (error),
    );
  }
}

/** @returns {Tokens} */
function findNative() {
  try {
    return requireNative();
  } catch (cause) {
    const { name } = /** @type {Error} */ (cause);
    if (name === 'LakebaseTokenError') throw cause;
    // Nothing else fails but the way to native.js: this file is bundled.
    return require('./bundled.js').nativeOf(/** @type {Error} */ (cause));
  }
}

/**
 * What no bundler may follow, and the file tracing of Turbopack and Vercel must: both follow a name that is
 * written in a `require`, and only tracing looks into an object.
 */
const BESIDE = /** @type {const} */ ({ native: './native.js' });

/**
 * - webpack evaluates the first test at build time, and does not bundle `__non_webpack_require__`. It
 *   drops the other branches only as long as this is one expression. Next.js traces its output, so the name
 *   is written there.
 * - Turbopack, where it bundles, evaluates the second test; `turbopackIgnore` keeps the require. The name is
 *   an argument, because that of Next.js 14 and other bundlers do not know the comment.
 * - Node.js takes the last branch, and so does Turbopack where it only traces the files of an external
 *   package. Other bundlers leave it, and it fails: bundled.js goes on from there.
 *
 * @returns {Tokens}
 */
function requireNative(installed = 'lakebase-token/native') {
  return typeof __webpack_require__ === 'function'
    ? __non_webpack_require__('lakebase-token/native')
    : process.turbopack
      ? require(/* turbopackIgnore: true */ installed)
      : require(BESIDE.native);
}

/**
 * Never called. Lists the files needed at run time for file tracing that reads this file: Turbopack's (`output:
 * 'standalone'`) and @vercel/nft, which take every file that a template can mean, and pass over names that are
 * not there. webpack's in Next.js reads native.js by itself, whose paths tell it the rest.
 *
 * @param {string} target
 */
function _tracedFiles(target) {
  const { readFileSync } = require('node:fs');
  const path = require('node:path');
  readFileSync(path.join(__dirname, 'native.js'));
  readFileSync(path.join(__dirname, 'realm.js'));
  readFileSync(path.join(__dirname, 'bundled.js'));
  readFileSync(path.join(__dirname, 'named_binary.js'));
  readFileSync(path.join(__dirname, 'caller.js'));
  readFileSync(path.join(__dirname, 'credential.js'));
  readFileSync(path.join(__dirname, 'outside_of_requests.js'));
  readFileSync(path.join(__dirname, 'own_provider.js'));
  readFileSync(path.join(__dirname, 'tokens.js'));
  readFileSync(path.join(__dirname, 'binary_missing.js'));
  readFileSync(path.join(__dirname, 'store_secrets.js'));
  readFileSync(path.join(__dirname, 'target.js'));
  readFileSync(path.join(__dirname, 'telemetry.js'));
  readFileSync(path.join(__dirname, 'debug_line.js'));
  readFileSync(path.join(__dirname, 'token_error.js'));
  readFileSync(path.join(__dirname, 'unavailable.js'));
  readFileSync(path.join(__dirname, 'vercel.js'));
  readFileSync(path.join(__dirname, 'databricks_cli.js'));
  readFileSync(path.join(__dirname, 'databricks_cli/agent.js'));
  readFileSync(path.join(__dirname, 'databricks_cli/answer.js'));
  readFileSync(path.join(__dirname, 'databricks_cli/explain.js'));
  readFileSync(path.join(__dirname, 'databricks_cli/program.js'));
  readFileSync(path.join(__dirname, 'databricks_cli/run.js'));
  readFileSync(path.join(__dirname, 'databricks_cli/unstarted.js'));
  readFileSync(path.join(__dirname, 'databricks_cli/whom.js'));
  readFileSync(path.join(__dirname, 'foreign_text.js'));
  readFileSync(path.join(__dirname, 'programs.js'));
  readFileSync(path.join(__dirname, '../package.json'));
  readFileSync(path.join(__dirname, `../lakebase-token.${target}.node`));
  readFileSync(path.join(__dirname, `../../@lakebase-token/${target}/package.json`));
  readFileSync(
    path.join(__dirname, `../../@lakebase-token/${target}/lakebase-token.${target}.node`),
  );
}
