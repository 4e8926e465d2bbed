// What a command accepts, read from the one table it keeps of its options: for the parser, for
// `--help`, and for the message when somebody got it wrong.
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
 * @property {number} operands how many there may be besides the options
 * @property {boolean} [hasCommandLine] everything after `--` is a command to run
 * @property {(values: object, operands: string[]) => Promise<number>} run resolves to the exit code
 */

/** The command line itself is wrong: exit code 2. */
class UsageError extends Error {}

/**
 * @param {Command} command
 * @param {string[]} given
 */
function parse(command, given) {
  const options = { ...command.options, help: HELP };
  const { tokens } = parseArgs({
    args: given,
    options: Object.fromEntries(Object.entries(options).map(forParser)),
    strict: false,
    tokens: true,
  });
  const values = {};
  const operands = [];
  for (const token of tokens) {
    if (token.kind === 'positional') {
      operands.push(token.value);
    } else if (token.kind === 'option') {
      const option = known(options, token, command);
      if (option.multiple) {
        values[token.name] = [...(values[token.name] ?? []), token.value];
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
  } else if (operands.length > command.operands) {
    throw new UsageError(`${quoted(operands[command.operands])} is one too many. ${see(command)}`);
  }
  return { values, operands };
}

/** The option of `token`, used as it is meant to be. */
function known(options, token, command) {
  const { name, rawName, value } = token;
  if (!Object.hasOwn(options, name)) {
    const names = Object.keys(options).map((known) => `--${known}`);
    throw new UsageError(
      `There is no option ${rawName}.${nearest(rawName, names)} ${see(command)}`,
    );
  }
  const option = options[name];
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

function checkTerminator(tokens, command) {
  const terminator = tokens.find(({ kind }) => kind === 'option-terminator');
  const operand = tokens.find(({ kind }) => kind === 'positional');
  if (operand === undefined) {
    throw new UsageError(`There is no command to run. ${see(command)}`);
  }
  if (terminator === undefined || operand.index < terminator.index) {
    throw new UsageError(`Put -- before the command: ${command.usage}`);
  }
}

/** ` Did you mean …?` if one of `names` is close to `given`, else nothing. */
function nearest(given, names) {
  const closest = names
    .map((name) => ({ name, distance: distance(given, name) }))
    .sort((one, other) => one.distance - other.distance)[0];
  const isClose = closest && closest.distance <= Math.max(2, Math.floor(given.length / 3));
  return isClose ? ` Did you mean ${closest.name}?` : '';
}

/** How many letters to insert, drop or replace to make one of the other (Levenshtein). */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = row[column - 1] + (letter === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[column] + 1, next[column - 1] + 1));
    }
    row = next;
  }
  return row.at(-1);
}

/** @param {Command} command */
function help(command) {
  const options = Object.entries({ ...command.options, help: HELP });
  const lines = options.map(([name, { value }]) => `  --${name}${value ? ` ${value}` : ''}`);
  const width = Math.max(...lines.map((line) => line.length));
  return [
    `Usage: lakebase-token ${command.usage}`,
    '',
    command.description.trim(),
    '',
    ...options.map(([, { text }], index) => `${lines[index].padEnd(width)}  ${text}`),
  ].join('\n');
}

function forParser([name, { value, multiple = false }]) {
  return [name, { type: value ? 'string' : 'boolean', multiple }];
}

function see({ usage }) {
  return `See lakebase-token ${usage.split(' ')[0]} --help.`;
}

function quoted(text) {
  return `"${text}"`;
}

const HELP = { text: 'show this' };

module.exports = { UsageError, help, nearest, parse };
