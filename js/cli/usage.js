// The command line of a command, read from its table of options: for the parser, for `--help`, and for
// the message about a mistake.
'use strict';

const { parseArgs } = require('node:util');

/**
 * @typedef {object} Option
 * @property {string} [value] what its value is called; without one it is a switch
 * @property {boolean} [multiple] may be given more than once
 * @property {string} text what it does
 *
 * @typedef {object} Command
 * @property {string} usage such as `refresh-env [FILE] [options]`
 * @property {string} summary one line
 * @property {string} description
 * @property {Record<string, Option>} options
 * @property {number} [operands] how many there may be besides the options; none unless it says so
 * @property {boolean} [hasCommandLine] everything after `--` is a command to run
 *
 * @typedef {Record<string, string | string[] | boolean>} Values
 *
 * `run` resolves to the exit code.
 * @typedef {Command & { run(values: Values, operands: string[]): Promise<number> }} RunnableCommand
 *
 * @typedef {Extract<import('node:util').ParseArgsConfig['options'], object>[string]} ParserOption
 * @typedef {{ kind: 'positional', index: number, value: string }} Positional
 * @typedef {{ kind: 'option', index: number, name: string, rawName: string,
 *   value: string | undefined, inlineValue: boolean | undefined }} GivenOption
 * @typedef {Positional | GivenOption | { kind: 'option-terminator', index: number }} Token
 */

/**
 * What `run` gets of a table of options.
 * @template {Record<string, Option>} Options
 * @typedef {{ [name in keyof Options]?: Options[name] extends { value: string }
 *   ? Options[name] extends { multiple: true } ? string[] : string
 *   : boolean }} ValuesOf
 */

/** The command line itself is wrong: exit code 2. */
class UsageError extends Error {}

/**
 * @param {Command} command
 * @param {string[]} given
 */
function parse(command, given) {
  /** @type {Record<string, Option>} */
  const options = { ...command.options, help: HELP };
  const { tokens } = parseArgs({
    args: given,
    options: Object.fromEntries(Object.entries(options).map(forParser)),
    strict: false,
    tokens: true,
  });
  /** @type {Values} */
  const values = {};
  /** @type {string[]} */
  const operands = [];
  for (const token of tokens) {
    if (token.kind === 'positional') {
      operands.push(token.value);
    } else if (token.kind === 'option') {
      const option = known(options, token, command, operands);
      if (option.multiple) {
        const earlier = values[token.name];
        values[token.name] = [...(Array.isArray(earlier) ? earlier : []), token.value ?? ''];
      } else {
        values[token.name] = token.value ?? true;
      }
    }
  }
  if (values.help) {
    return { values, operands };
  }
  if (command.hasCommandLine) {
    checkTerminator(tokens, command);
  } else {
    const [tooMany] = operands.slice(command.operands ?? 0);
    if (tooMany !== undefined) {
      throw new UsageError(`${quoted(tooMany)} is one too many. ${see(command)}`);
    }
  }
  return { values, operands };
}

/**
 * The option of `token`, used as it is meant to be.
 * @param {Record<string, Option>} options
 * @param {GivenOption} token
 * @param {Command} command
 * @param {string[]} before the operands that stand before it
 */
function known(options, token, command, before) {
  const { name, rawName, value } = token;
  // It belongs to the command to run, which may have one of any name.
  if (command.hasCommandLine && before.length > 0 && name !== 'help')
    throw terminatorFirst(command);
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    const names = Object.keys(options).map((known) => `--${known}`);
    throw new UsageError(
      `There is no option ${rawName}.${nearest(rawName, names)} ${see(command)}`,
    );
  }
  // `--name --create`: the parser takes the next option for the value.
  const hasValue = value !== undefined && (token.inlineValue || !value.startsWith('--'));
  if (option.value && (!hasValue || value === '')) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}. ${see(command)}`);
  }
  if (!option.value && value !== undefined) {
    throw new UsageError(`${rawName} takes no value. ${see(command)}`);
  }
  return option;
}

/** @param {Token[]} tokens @param {Command} command */
function checkTerminator(tokens, command) {
  const terminator = tokens.find(({ kind }) => kind === 'option-terminator');
  const operand = tokens.find(({ kind }) => kind === 'positional');
  if (operand === undefined) {
    throw new UsageError(`There is no command to run. ${see(command)}`);
  }
  if (terminator === undefined || operand.index < terminator.index) {
    throw terminatorFirst(command);
  }
}

/** @param {Command} command */
function terminatorFirst({ usage }) {
  return new UsageError(`Put -- before the command: ${usage}`);
}

/**
 * ` Did you mean …?` if one of `names` is close to `given`, else nothing.
 * @param {string} given
 * @param {string[]} names
 */
function nearest(given, names) {
  const closest = names
    .map((name) => ({ name, distance: distance(given, name) }))
    .sort((one, other) => one.distance - other.distance)[0];
  const isClose = closest && closest.distance <= Math.max(2, Math.floor(given.length / 3));
  return isClose ? ` Did you mean ${closest.name}?` : '';
}

/**
 * How many letters to insert, drop or replace to make one of the other (Levenshtein).
 * @param {string} one
 * @param {string} other
 */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...one].entries()) {
    let left = index + 1;
    const next = [left];
    row.reduce((diagonal, above, column) => {
      left = Math.min(diagonal + (letter === other[column - 1] ? 0 : 1), above + 1, left + 1);
      next.push(left);
      return above;
    });
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** @param {Command} command */
function help(command) {
  /** @type {[string, Option][]} */
  const options = Object.entries({ ...command.options, help: HELP });
  const lines = options.map(([name, { value }]) => `  --${name}${value ? ` ${value}` : ''}`);
  const width = Math.max(...lines.map((line) => line.length));
  return [
    `Usage: lakebase-token ${command.usage}`,
    '',
    command.description.trim(),
    '',
    ...options.map(([, { text }], index) => `${lines[index]?.padEnd(width)}  ${text}`),
  ].join('\n');
}

/** @param {[string, Option]} option @returns {[string, ParserOption]} */
function forParser([name, { value, multiple = false }]) {
  return [name, { type: value ? 'string' : 'boolean', multiple }];
}

/** @param {Command} command */
function see({ usage }) {
  return `See lakebase-token ${usage.split(' ')[0]} --help.`;
}

/** @param {string} text */
function quoted(text) {
  return `"${text}"`;
}

const HELP = { text: 'show this' };

module.exports = { UsageError, help, nearest, parse };
