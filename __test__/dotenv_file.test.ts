import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { processEnv } from '@next/env';
import dotenv from 'dotenv';
import { afterEach, describe, expect, test } from 'vitest';
import { assign, expand, read } from '../js/cli/dotenv_file.js';

const before = { ...process.env };

afterEach(() => {
  for (const name of Object.keys(process.env)) {
    if (!(name in before)) delete process.env[name];
  }
});

/** What Next.js makes of a file; it leaves its findings in `process.env`. */
function readByNext(contents: string) {
  const file = { path: '.env.local', contents, env: {} };
  processEnv([file], '/', console, true);
  return file.env as Record<string, string>;
}

/** What NAME is to a shell that runs the file; Windows has none. */
function readByShell(contents: string) {
  if (process.platform === 'win32') return read(contents).NAME;
  const script = 'set -eu; eval "$1"; printf %s "$NAME"';
  return execFileSync('/bin/sh', ['-c', script, 'sh', contents], {
    encoding: 'utf8',
    cwd: tmpdir(),
  });
}

// Each: what it is about, the file before, the file after `token-2` was assigned to NAME.
const edits: [string, string, string][] = [
  // Where the line is.
  ['a plain line', 'NAME=token-1\n', 'NAME=token-2\n'],
  ['the first of several lines', 'NAME=token-1\nA=1\n', 'NAME=token-2\nA=1\n'],
  ['the last of several lines', 'A=1\nNAME=token-1\n', 'A=1\nNAME=token-2\n'],
  ['a line without a final newline', 'A=1\nNAME=token-1', 'A=1\nNAME=token-2'],
  ['an indented line', '  NAME=token-1\n', '  NAME=token-2\n'],
  ['a line indented by a tab', '\tNAME=token-1\n', '\tNAME=token-2\n'],
  ['spaces around the sign', 'NAME = token-1\n', 'NAME = token-2\n'],
  ['export', 'export NAME=token-1\n', 'export NAME=token-2\n'],
  ['export with more spaces', '  export   NAME=token-1\n', '  export   NAME=token-2\n'],
  ['a colon', 'NAME: token-1\n', 'NAME: token-2\n'],
  ['a byte-order mark', '\uFEFFNAME=token-1\n', '\uFEFFNAME=token-2\n'],
  ['empty lines around it', '\n\nNAME=token-1\n\n', '\n\nNAME=token-2\n\n'],
  ['trailing spaces', 'NAME=token-1  \nA=1\n', 'NAME=token-2  \nA=1\n'],
  ['line breaks of Windows', 'A=1\r\nNAME=token-1\r\nB=2\r\n', 'A=1\r\nNAME=token-2\r\nB=2\r\n'],
  ['line breaks of old Macs', 'A=1\rNAME=token-1\rB=2', 'A=1\rNAME=token-2\rB=2'],
  ['mixed line breaks', 'A=1\r\nB=2\nNAME=token-1\r\nC=3', 'A=1\r\nB=2\nNAME=token-2\r\nC=3'],
  // Which line it is.
  ['a commented line', '# NAME=token-1\n', '# NAME=token-1\nNAME=token-2\n'],
  ['a comment without a space', '#NAME=token-1\n', '#NAME=token-1\nNAME=token-2\n'],
  ['a comment before the line', '# NAME=old\nNAME=token-1\n', '# NAME=old\nNAME=token-2\n'],
  ['a name that ends alike', 'MY_NAME=token-1\n', 'MY_NAME=token-1\nNAME=token-2\n'],
  ['a name that begins alike', 'NAME_2=token-1\n', 'NAME_2=token-1\nNAME=token-2\n'],
  ['a name with a hyphen', 'MY-NAME=1\n', 'MY-NAME=1\nNAME=token-2\n'],
  ['a name with a dot', 'MY.NAME=1\n', 'MY.NAME=1\nNAME=token-2\n'],
  ['a name in other letters', 'name=token-1\n', 'name=token-1\nNAME=token-2\n'],
  ['the name in a value', 'A=NAME=1\n', 'A=NAME=1\nNAME=token-2\n'],
  ['a later line, which wins', 'NAME=1\nNAME=2\n', 'NAME=1\nNAME=token-2\n'],
  ['a later exported line', 'NAME=1\nexport NAME=2\nA=3\n', 'NAME=1\nexport NAME=token-2\nA=3\n'],
  [
    'the name inside a value of several lines',
    'A="one\nNAME=x\ntwo"\nNAME=token-1\n',
    'A="one\nNAME=x\ntwo"\nNAME=token-2\n',
  ],
  [
    'the name inside such a value only',
    "A='one\nNAME=x\ntwo'\n",
    "A='one\nNAME=x\ntwo'\nNAME=token-2\n",
  ],
  // What the old value was.
  ['an empty value', 'NAME=\nA=1\n', 'NAME=token-2\nA=1\n'],
  ['an empty value at the end', 'NAME=', 'NAME=token-2'],
  ['an empty value in quotes', 'NAME=""\n', 'NAME="token-2"\n'],
  ['nothing but spaces', 'NAME=   \nA=1\n', 'NAME=token-2   \nA=1\n'],
  ['double quotes', 'NAME="token-1"\n', 'NAME="token-2"\n'],
  ['single quotes', "NAME='token-1'\n", "NAME='token-2'\n"],
  ['backticks, in which a shell looks for a command', 'NAME=`token-1`\n', 'NAME=token-2\n'],
  ['a value of several lines', 'NAME="one\ntwo\nthree"\nA=1\n', 'NAME="token-2"\nA=1\n'],
  [
    'several lines of Windows',
    'A=1\r\nNAME="one\r\ntwo"\r\nB=2\r\n',
    'A=1\r\nNAME="token-2"\r\nB=2\r\n',
  ],
  ['an escaped quote', 'NAME="a\\"b"\nA=1\n', 'NAME="token-2"\nA=1\n'],
  ['a quote that does not end', 'NAME="token-1\nA=1\n', 'NAME=token-2\nA=1\n'],
  ['something after the quotes', 'NAME="token-1" x\nA=1\n', 'NAME=token-2\nA=1\n'],
  ['a hash in quotes', 'NAME="a#b"\n', 'NAME="token-2"\n'],
  ['an equals sign', 'NAME=a==\n', 'NAME=token-2\n'],
  ['a dollar', 'NAME=$1$&\n', 'NAME=token-2\n'],
  ['a comment behind it', 'NAME=token-1 # mine\n', 'NAME=token-2 # mine\n'],
  ['a comment behind quotes', 'NAME="token-1" # mine\n', 'NAME="token-2" # mine\n'],
  ['a comment close behind it', 'NAME=token-1#mine\n', 'NAME=token-2#mine\n'],
  ['a comment instead of it', 'NAME=#mine\n', 'NAME=token-2#mine\n'],
  ['nothing to do', 'A=1\nNAME="token-2"\n', 'A=1\nNAME="token-2"\n'],
  // A new line.
  ['an empty file', '', 'NAME=token-2\n'],
  ['only a byte-order mark', '\uFEFF', '\uFEFFNAME=token-2\n'],
  ['a file without the name', 'A=1\n', 'A=1\nNAME=token-2\n'],
  ['the same without a final newline', 'A=1', 'A=1\nNAME=token-2\n'],
  ['the same with line breaks of Windows', 'A=1\r\nB=2', 'A=1\r\nB=2\r\nNAME=token-2\r\n'],
  ['empty lines at the end', 'A=1\n\n\n', 'A=1\n\n\nNAME=token-2\n'],
  ['a quote that never ends', 'A="one\n', 'A="one\nNAME=token-2\n'],
  ['a comment with a quote', "# don't\nA=1\n", "# don't\nA=1\nNAME=token-2\n"],
  ['a last line that would take ours', 'A=1\nB:\n', 'A=1\nB:\n\nNAME=token-2\n'],
  ['a value on the next line', 'NAME=\n"token-1"\n', 'NAME=\n"token-1"\nNAME=token-2\n'],
  ['dollars elsewhere', 'A=$&\nB=$1\nNAME=token-1\n', 'A=$&\nB=$1\nNAME=token-2\n'],
];

describe('a token is assigned in a file with', () => {
  test.each(edits)('%s', (_about, text, after) => {
    const edited = assign(text, 'NAME', 'token-2');
    expect(edited.text).toBe(after);
    expect(edited.change === 'none').toBe(text === after);

    const wanted = { ...dotenv.parse(text), NAME: 'token-2' };
    expect(dotenv.parse(edited.text)).toMatchObject(wanted);
    expect(read(edited.text)).toEqual(dotenv.parse(edited.text));
    expect(readByNext(edited.text).NAME).toBe('token-2');
    // Once more changes nothing.
    expect(assign(edited.text, 'NAME', 'token-2').text).toBe(edited.text);
  });
});

test.each([
  ['a replacement pattern', '$&'],
  ['another', '$`$$'],
  ['a hash', 'a#b'],
  ['spaces around it', ' a b '],
  ['a double quote', 'a"b'],
  ['a single quote', "a'b"],
  ['a command', '$(echo pwned)'],
  ['a command in backticks', '`echo pwned`'],
  ['a second command', 'a; echo pwned'],
  ['a way into a file', 'a >pwned &'],
  ['a home folder', '~/a'],
  ['letters of anywhere', 'jürgen@名.test'],
  ['a backslash and n', 'a\\nb'],
  ['two lines', 'a\nb'],
  ['nothing', ''],
  ['what every token is made of', 'eyJ0-_.~+/=='],
])('a value with %s is written so that dotenv, Next.js and a shell read it', (_about, value) => {
  for (const text of ['NAME=token-1\nA=1\n', 'NAME="token-1"\nA=1\n', 'A=1\n']) {
    const edited = assign(text, 'NAME', value).text;
    expect(dotenv.parse(edited)).toEqual({ NAME: value, A: '1' });
    expect(readByNext(edited)).toEqual({ NAME: value, A: '1' });
    expect(readByShell(edited)).toBe(value);
    delete process.env.NAME;
    delete process.env.A;
  }
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: a reference as Next.js reads it
test.each(['$HOME', 'a${HOME}', '\\$', `#'"\``, `a"b'c`, "a'$(echo)", "'`echo`"])(
  'the value %s, which no line can hold for all of them, is refused',
  (value) => {
    expect(() => assign('NAME=token-1\n', 'NAME', value)).toThrow(RangeError);
  },
);

test('the line is told, and how many others there are', () => {
  const text = 'A="1\n2"\nNAME=1\nNAME=2\n';
  expect(assign(text, 'NAME', 'token-2')).toMatchObject({
    change: 'replaced',
    line: 4,
    duplicates: 1,
  });
  expect(assign('A=1\n', 'NAME', 'token-2')).toMatchObject({ change: 'added', line: 2 });
  expect(assign('\n\nNAME=token-2', 'NAME', 'token-2')).toMatchObject({ change: 'none', line: 3 });
});

test('any text is read as dotenv reads it, and written so that only the name changes', () => {
  const random = numbers(1);
  for (let round = 0; round < 20_000; round += 1) {
    const text = anyText(random);
    const variables = dotenv.parse(text);
    expect(read(text), JSON.stringify(text)).toEqual(variables);
    let edited: string;
    try {
      edited = assign(text, 'NAME', 'token-2').text;
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      continue;
    }
    expect(dotenv.parse(edited), JSON.stringify(text)).toEqual({ ...variables, NAME: 'token-2' });
  }
});

const MANY = 100_000;

// Work that grew with the square of the size would take minutes here.
test.each([
  ['empty lines', '\n'.repeat(MANY)],
  ['empty lines of Windows', '\r\n'.repeat(MANY)],
  ['empty lines with spaces', ' \t\n'.repeat(MANY)],
  ['empty lines behind comments', '# x\n\n\n'.repeat(MANY)],
  ['lines of Windows', 'A=1\r\n'.repeat(MANY)],
  ['empty lines between lines of Windows', 'A=1\r\n\r\n#\r\n'.repeat(MANY)],
  ['words without a value', 'x\n\n'.repeat(MANY)],
  ['lines within a value', `A="${"'x\n".repeat(MANY)}"`],
  ['quotes on lines that dotenv knows within a value', `A=x${"\u2028'x".repeat(MANY)}`],
])('as many %s as nobody has are read once', (_what, text) => {
  const variables = read(text);
  expect(assign(text, 'NAME', 'token-2')).toMatchObject({ change: 'added' });
  expect(expand(variables, {})).toEqual(variables);
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the files hold such references
test.each([
  ['A=1\nB=$A-$A'],
  ['A=1\nB=${A}2'],
  ['B=$A\nA=1'],
  ['B=${MISSING:-otherwise}'],
  ['A=1\nB=${A:-otherwise}'],
  ['B=$MISSING'],
  ['B=a\\$A'],
  ['B=$&'],
  ['A=$B\nB=$C\nC=3'],
  ['A="$B c"\nB=\'x y\''],
  ['A=$OUTER/b'],
  ['OUTER=inner\nB=$OUTER'],
])('%j is expanded as Next.js does', (text) => {
  process.env.OUTER = 'outer';
  const expanded = expand(read(text), { ...process.env });
  // Next.js has what is set already win within the same function.
  if ('OUTER' in expanded) expanded.OUTER = 'outer';
  expect(expanded).toEqual(readByNext(text));
});

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the files hold such references

test('a reference to itself ends', () => {
  expect(expand({ A: '$A' }, {})).toEqual({ A: '$A' });
  const manyTimes = '$A'.repeat(MANY);
  expect(expand({ A: manyTimes }, {})).toEqual({ A: manyTimes });
});

/** Pieces that mean something to a reader of env files, in any order. */
function anyText(random: () => number) {
  const length = Math.floor(random() * 14);
  return Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]).join('');
}

/** Always the same numbers from 0 to 1 for the same seed (mulberry32). */
function numbers(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PIECES = [
  'NAME',
  'A',
  '=',
  ':',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  '#',
  '"',
  "'",
  '`',
  '\\',
];
PIECES.push('x', 'export ', '$', '\\n', '\uFEFF', '\u2028', '\u2028', '-', '.', 'token');
