// The lines that a person types: one for each question, also those that were pasted along with an earlier one. Shown on
// stderr, so that stdout is for what is printed.
'use strict';

const { createInterface } = require('node:readline');

function typedLines() {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  endByKeys(terminal);
  /** @type {string[]} */
  const early = [];
  const keep = (/** @type {string} */ line) => void early.push(line);
  let take = keep;
  terminal.on('line', (line) => take(line));
  return {
    /** @param {string} prompt @returns {Promise<string>} */
    async next(prompt) {
      const line = early.shift();
      if (line !== undefined) {
        process.stderr.write(`${prompt}${line}\n`);
        return line;
      }
      terminal.setPrompt(prompt);
      terminal.prompt();
      return new Promise((resolve) => {
        take = (line) => {
          // At once: a pasted next line comes before any promise goes on.
          take = keep;
          resolve(line);
        };
      });
    },

    /** Forgets that Enter was pressed while nothing was asked. */
    forgetEmpty() {
      while (early[0]?.trim() === '') early.shift();
    },

    end() {
      terminal.removeAllListeners('close');
      terminal.close();
    },
  };
}

/**
 * By Ctrl+D and Ctrl+C, also between two questions, when nobody would see a promise rejected.
 * @param {import('node:readline').Interface} terminal
 */
function endByKeys(terminal) {
  const giveUp = (/** @type {() => void} */ end) => {
    terminal.removeAllListeners('close');
    terminal.close();
    process.stderr.write('\nNothing was written.\n');
    end();
  };
  terminal.once('close', () => giveUp(() => process.exit(1)));
  terminal.once('SIGINT', () => giveUp(() => process.kill(process.pid, 'SIGINT')));
}

module.exports = { typedLines };
