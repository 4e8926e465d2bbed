// Asks a person on a terminal: which of a list, yes or no, a text. Written to stderr, so that stdout is for what is printed.
'use strict';

const { createInterface } = require('node:readline');
const { foreseen } = require('../foreseen.js');
const { paints } = require('../terminal.js');

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
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // By Ctrl+D. Ctrl+C ends the process, also between two questions.
  const givenUp = new Promise((_, reject) => {
    terminal.once('close', () => {
      process.stderr.write('\n');
      reject(foreseen('CANCELLED', NOTHING));
    });
  });
  givenUp.catch(() => {});
  terminal.once('SIGINT', () => {
    process.stderr.write(`\n${NOTHING}`);
    terminal.close();
    process.kill(process.pid, 'SIGINT');
  });

  /** @param {string} text @returns {Promise<string>} */
  const answerTo = (text) =>
    Promise.race([
      new Promise((resolve) => terminal.question(text, (answer) => resolve(answer.trim()))),
      givenUp,
    ]);

  return {
    /**
     * The position of the one that is chosen.
     * @param {string} what such as `Project`
     * @param {Choice[]} choices
     * @param {number} [usual] the one that an empty answer chooses
     */
    async oneOf(what, choices, usual = 0) {
      const width = Math.max(...choices.map(({ name }) => name.length));
      const digits = String(choices.length).length;
      const lines = choices.map(({ name, about = '' }, index) => {
        const line = `  ${String(index + 1).padStart(digits)}  ${name.padEnd(width)}  ${dim(about)}`;
        return line.trimEnd();
      });
      process.stderr.write(`\n${[bold(what), ...lines].join('\n')}\n`);
      for (;;) {
        const answer = await answerTo(`Number or name ${dim(`[${usual + 1}]`)} `);
        const chosen = answer === '' ? usual : chosenBy(answer, choices);
        if (chosen !== undefined) return chosen;
        process.stderr.write(`${yellow('!')} It is none of the list.\n`);
      }
    },

    /** @param {string} what */
    async isYes(what) {
      for (;;) {
        const answer = (await answerTo(`${bold(what)} ${dim('[Y/n]')} `)).toLowerCase();
        if (['', 'y', 'yes'].includes(answer)) return true;
        if (['n', 'no'].includes(answer)) return false;
      }
    },

    /** @param {string} what @param {string} [usual] */
    async text(what, usual) {
      for (;;) {
        const hint = usual ? `${dim(`[${usual}]`)} ` : '';
        const answer = (await answerTo(`\n${bold(what)} ${hint}`)) || usual;
        if (answer) return answer;
      }
    },

    end() {
      terminal.removeAllListeners('close');
      terminal.close();
    },
  };
}

/** @param {string} answer @param {Choice[]} choices */
function chosenBy(answer, choices) {
  const index = choices.findIndex(({ name }) => name === answer);
  const number = /^\d+$/.test(answer) ? Number(answer) - 1 : -1;
  const chosen = index === -1 ? number : index;
  return choices[chosen] && chosen;
}

const NOTHING = 'Nothing was written.';

module.exports = { isThereATerminal, questions };
