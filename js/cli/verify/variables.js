// The variables as they may be shown, and where each came from.
'use strict';

const { SHOWN, shownValue } = require('../shown_value.js');

/**
 * @param {Pick<import('../env_files.js').Loaded, 'origins' | 'shadowed'> &
 *   { env: Record<string, string | undefined> }} loaded
 */
function shownVariables({ env, origins, shadowed }) {
  return SHOWN.filter((name) => env[name] !== undefined).map((name) => {
    const other = shadowed.get(name);
    const environment = other ? `environment, which wins over ${other}` : 'environment';
    return { name, value: shownValue(name, env), from: origins.get(name) ?? environment };
  });
}

module.exports = { shownVariables };
