// The option `--profile`, which goes before every variable of another identity, as one in code does.
'use strict';

const { UsageError } = require('./usage.js');

/** @satisfies {import('./usage.js').Option} */
const PROFILE = {
  value: 'PROFILE',
  text: 'log in with this profile of .databrickscfg, whatever the variables say',
};

/** @param {string | undefined} name */
function useProfile(name) {
  if (name === undefined) return;
  if (name.trim() === '') throw new UsageError('--profile needs the name of a profile.');
  require('../native.js').tools().useProfile(name);
}

module.exports = { PROFILE, useProfile };
