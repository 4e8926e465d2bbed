// Asks a person on a terminal: which of a list, yes or no, a text.
'use strict';

const { foreign } = require('../../foreign_text.js');
const { paints } = require('../terminal.js');
const { typedLines } = require('./typed_lines.js');

/**
 * @typedef {object} Choice
 * @property {string} name what it is chosen by, besides its number
 * @property {string} [about] what tells it from others
 *
 * @typedef {ReturnType<typeof questions>} Questions
 */

/** Whether there is anybody to ask. */
function isThereATerminal() {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

function questions() {
  const { bold, dim, yellow } = paints(process.stderr);
  const lines = typedLines();
  const answerTo = async (/** @type {string} */ text) => (await lines.next(text)).trim();

  return {
    /**
     * The position of the one that is chosen.
     * @param {string} what such as `Project`
     * @param {Choice[]} choices
     * @param {number} [usual] the one that an empty answer chooses
     */
    async oneOf(what, choices, usual = 0) {
      process.stderr.write(`\n${[bold(what), ...linesFor(choices, dim)].join('\n')}\n`);
      for (;;) {
        const answer = await answerTo(`Number or name ${dim(`[${usual + 1}]`)} `);
        const chosen = answer === '' ? usual : chosenBy(answer, choices);
        if (chosen !== undefined) return chosen;
        process.stderr.write(`${yellow('!')} It is none of the list.\n`);
      }
    },

    /** @param {string} what */
    async isYes(what) {
      // Enter was meant for something else if this was not asked yet.
      lines.forgetEmpty();
      for (;;) {
        const answer = (await answerTo(`${bold(what)} ${dim('[Y/n]')} `)).toLowerCase();
        if (['', 'y', 'yes'].includes(answer)) return true;
        if (['n', 'no'].includes(answer)) return false;
      }
    },

    /** @param {string} what */
    async text(what) {
      for (;;) {
        const answer = await answerTo(`\n${bold(what)} `);
        if (answer) return answer;
      }
    },

    end: lines.end,
  };
}

/** @param {Choice[]} choices @param {(text: string) => string} dim */
function linesFor(choices, dim) {
  const names = choices.map(({ name }) => foreign(name));
  const width = Math.max(...names.map((name) => name.length));
  const digits = String(choices.length).length;
  return choices.map(({ about = '' }, index) => {
    const number = String(index + 1).padStart(digits);
    return `  ${number}  ${names[index]?.padEnd(width)}  ${dim(foreign(about))}`.trimEnd();
  });
}

/** @param {string} answer @param {Choice[]} choices */
function chosenBy(answer, choices) {
  const index = choices.findIndex(({ name }) => name === answer);
  const number = /^\d+$/.test(answer) ? Number(answer) - 1 : -1;
  const chosen = index === -1 ? number : index;
  return choices[chosen] && chosen;
}

module.exports = { isThereATerminal, questions };
