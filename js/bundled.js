// Where a bundler took the entry along and left behind what it loads: looks for the package where the
// bundle runs, and says what to do if it is not there. It takes nothing for granted that the output of a
// bundler may lack, such as `require` and `__dirname` in an ES module; what it loads asks `process` for Node's own modules.
'use strict';

const { tokenError } = require('./token_error.js');

/** @typedef {import('./addon.d.ts').Tokens} Tokens */

/**
 * @param {Error} cause why the entry does not find it
 * @returns {Tokens}
 */
exports.nativeOf = function nativeOf(cause) {
  if (!process.env.LAKEBASE_TOKEN_BINARY) return installed() ?? fail(cause);
  const { outsideOfRequests } = require('./outside_of_requests.js');
  const addon = outsideOfRequests(require('./named_binary.js').namedBinary);
  // As native.js does, which is not here.
  addon.employ({
    askCli: (errand, request) =>
      void require('./databricks_cli/agent.js').ask(addon, errand, request),
    get vercel() {
      return require('./vercel.js').vercel(addon);
    },
    isHeard(channels) {
      const { hasSubscribers } = process.getBuiltinModule('node:diagnostics_channel');
      const { enabled } = process.getBuiltinModule('node:util').debuglog('lakebase-token');
      return enabled || channels.some((name) => hasSubscribers(name));
    },
    get telemetry() {
      return require('./telemetry.js');
    },
  });
  return {
    ...addon,
    credential: (env, options) => require('./credential.js').credential(addon, env, options),
    provider: (options) => require('./own_provider.js').ownProvider(addon, options),
  };
};

exports.LEFT_BEHIND = 'A bundler or a standalone build left lakebase-token behind.';

exports.WHAT_TO_DO =
  'Declare it external, by the option that your bundler has for that (Next.js: serverExternalPackages: ' +
  "['lakebase-token']; esbuild: external), and install it where the app runs; or name its .node file in " +
  'LAKEBASE_TOKEN_BINARY.';

/**
 * The package as the bundle finds it, or else the program that was started. Its name is an argument, because
 * bundlers follow one that is written in a `require`.
 *
 * @returns {Tokens | undefined}
 */
function installed(self = 'lakebase-token/native') {
  const fromProgram = () =>
    process.getBuiltinModule('node:module').createRequire(process.argv[1] ?? '')(self);
  // webpack's output has been asked already; with this test webpack drops the other branch.
  const fromBundle = () =>
    typeof __webpack_require__ === 'function'
      ? undefined
      : require(/* turbopackIgnore: true */ self);
  for (const way of [fromBundle, fromProgram]) {
    try {
      const found = way();
      if (found !== undefined) return found;
    } catch (error) {
      if (/** @type {Error} */ (error).name === 'LakebaseTokenError') throw error;
    }
  }
}

/** @param {Error} cause @returns {never} */
function fail(cause) {
  const message = `${exports.LEFT_BEHIND} ${exports.WHAT_TO_DO}`;
  throw Object.assign(tokenError('ERR_LAKEBASE_BINARY_MISSING', message), { cause });
}
