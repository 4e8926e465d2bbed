#!/usr/bin/env node
// The command line: finds the command, runs it, and turns its outcome into an exit code. 0: done.
// 1: it did not work, and the message says what to do. 2: it was called wrongly.
'use strict';

const { inspect } = require('node:util');
const { version } = require('../package.json');
const { codeOf } = require('./cli/foreseen.js');
const { UsageError, help, nearest, parse } = require('./cli/usage.js');
const { red } = require('./cli/terminal.js').paints(process.stderr);

/**
 * Each is loaded when it is run, so that none waits for what the others require.
 * @type {Record<string, () => import('./cli/usage.js').RunnableCommand>}
 */
const COMMANDS = {
  init: () => require('./cli/init.js'),
  'refresh-env': () => require('./cli/refresh_env.js'),
  verify: () => require('./cli/verify.js'),
  token: () => require('./cli/token.js'),
  exec: () => require('./cli/exec.js'),
};

/** @type {Record<string, string>} */
const ALIASES = { doctor: 'verify' };

/** @param {string[]} line @returns {Promise<number>} */
async function main([name, ...rest]) {
  if (name === '--version' || name === '-v') {
    console.log(version);
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const [topic] = rest;
    console.log(name === 'help' && topic ? help(command(topic)) : overview());
    return name === undefined ? 2 : 0;
  }
  const chosen = command(name);
  const { values, operands } = parse(chosen, rest);
  if (values.help) {
    console.log(help(chosen));
    return 0;
  }
  return chosen.run(values, operands);
}

/** @param {string} name */
function command(name) {
  const known = ALIASES[name] ?? name;
  const load = Object.hasOwn(COMMANDS, known) ? COMMANDS[known] : undefined;
  if (load !== undefined) return load();
  const kind = name.startsWith('-') ? 'option' : 'command';
  const names = [...Object.keys(COMMANDS), ...Object.keys(ALIASES), '--help', '--version'];
  throw new UsageError(
    `There is no ${kind} ${name}.${nearest(name, names)} See lakebase-token --help.`,
  );
}

function overview() {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const list = Object.entries(COMMANDS).map(
    ([name, load]) => `  ${name.padEnd(width)}  ${load().summary}`,
  );
  return [
    'Usage: lakebase-token <command> [options]',
    '',
    ...list,
    '',
    'lakebase-token <command> --help tells more; lakebase-token --version tells the version.',
  ].join('\n');
}

/**
 * An error's message may repeat an argument, a file or a server.
 * @param {string} line
 */
function printable(line) {
  const { foreign } = require('./foreign_text.js');
  const { unshownValues } = require('./cli/shown_value.js');
  return foreign(line, { secrets: unshownValues(process.env), longest: 2_000 });
}

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error) => {
  if (codeOf(error) !== 'EPIPE') throw error;
});

main(process.argv.slice(2)).then(
  (exitCode) => {
    // Not `process.exit`, which would cut what a pipe has not taken yet.
    process.exitCode = exitCode;
  },
  (error) => {
    const isForeseen = error instanceof UsageError || codeOf(error) !== undefined;
    const code = String(codeOf(error) ?? '').startsWith('ERR_LAKEBASE_') ? ` (${error.code})` : '';
    const lines = isForeseen ? [`${error.message}${code}`] : inspect(error).split('\n');
    console.error(red('lakebase-token:'), lines.map(printable).join('\n    '));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
