// One of several: the one that was named, or the only one, or the one that a person chooses.
'use strict';

const { foreign } = require('../../foreign_text.js');
const { UsageError } = require('../usage.js');

/**
 * Without one nobody can be asked.
 * @typedef {import('./questions.js').Questions | undefined} Asker
 */

/**
 * @template T
 * @typedef {object} Wish
 * @property {string} what such as `project`; the option has the same name
 * @property {T[]} from
 * @property {(one: T) => import('./questions.js').Choice & { others?: string[] }} told `others`: what else names it
 * @property {string} [named] by the option
 * @property {(one: T) => boolean} [isUsual]
 */

/**
 * @template T
 * @param {Wish<T>} wish of at least one
 * @param {Asker} asker
 * @returns {Promise<T>}
 */
async function choose({ what, from, told, named, isUsual }, asker) {
  const choices = from.map(told);
  if (named !== undefined) {
    const one = from.find((_, index) => isNamed(choices[index], named));
    if (one !== undefined) return one;
    throw new UsageError(`There is no ${what} ${foreign(named)}. ${listOf(choices)}`);
  }
  const [first] = from;
  if (from.length === 1 && first !== undefined) return first;
  if (asker === undefined) {
    throw new UsageError(`Name the ${what} with --${what}. ${listOf(choices)}`);
  }
  const usual = isUsual ? from.findIndex(isUsual) : 0;
  const chosen = await asker.oneOf(`Which ${what}?`, choices, Math.max(0, usual));
  return /** @type {T} */ (from[chosen]);
}

/**
 * @param {ReturnType<Wish<unknown>['told']> | undefined} choice
 * @param {string} named
 */
function isNamed(choice, named) {
  return choice?.name === named || choice?.others?.includes(named) === true;
}

/** @param {import('./questions.js').Choice[]} choices */
function listOf(choices) {
  const names = choices.slice(0, MOST_NAMES).map(({ name }) => foreign(name));
  const more = choices.length - names.length;
  return `There ${choices.length === 1 ? 'is' : 'are'}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

const MOST_NAMES = 20;

module.exports = { choose, isNamed };
