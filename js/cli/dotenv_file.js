// Reads and edits the text of a `.env` file as dotenv and Next.js read it: where a value ends, which of
// two lines wins. Text in, text out; every character that is not the value's own stays.
//
// `util.parseEnv` is no substitute: older releases of Node 20 have none, and it reads some files
// otherwise than dotenv does.
'use strict';

const { expand, isReplacedByNext } = require('./dotenv_references.js');

/**
 * One assignment after the other, as dotenv finds them.
 *
 * @typedef {{ text: string, at: number }} Edited the whole text, and where it was changed
 *
 * @typedef {object} Assignment
 * @property {string} name
 * @property {string} value what a program gets, before `$VARIABLE`s are replaced
 * @property {number} start where the value begins in the text, its quotes included
 * @property {number} end where it ends
 * @property {string} quote `'`, `"`, a backtick, or nothing
 * @property {boolean} isOnOneLineWithItsName
 *
 * @param {string} text
 * @returns {Assignment[]}
 */
function assignments(text) {
  // dotenv knows one kind of line break, so it is looked for in such a text, and found in this one.
  const inText = withPairsCounted(text);
  return Array.from(text.replace(/\r\n?/g, '\n').matchAll(ASSIGNMENT), (match) => {
    const { lead = '', name = '', separator = '', value: raw = '' } = match.groups ?? {};
    const content = raw.trim();
    const gap = separator + (content && raw.slice(0, raw.indexOf(content)));
    const start = match.index + lead.length + name.length + gap.length;
    return {
      name,
      value: unquoted(content),
      start: inText(start),
      end: inText(start + content.length),
      quote: QUOTED.exec(content)?.[1] ?? '',
      isOnOneLineWithItsName: !gap.includes('\n'),
    };
  });
}

/**
 * Where in `text` a position of the same text with single line breaks is. For positions that never
 * decrease: each pair is passed once, however many positions are asked for.
 *
 * @param {string} text
 * @returns {(position: number) => number}
 */
function withPairsCounted(text) {
  const pairs = Array.from(text.matchAll(/\r\n/g), ({ index }, earlier) => index - earlier);
  let passed = 0;
  return (position) => {
    while (passed < pairs.length && Number(pairs[passed]) < position) passed += 1;
    return position + passed;
  };
}

/**
 * The variables of a file. Of two lines with the same name the later one wins.
 *
 * @param {string} text
 * @returns {Record<string, string>}
 */
function read(text) {
  return Object.fromEntries(assignments(text).map(({ name, value }) => [name, value]));
}

/**
 * `text` with `value` assigned to `name`, in the line that wins, or in a new last one.
 *
 * @param {string} text
 * @param {string} name
 * @param {string} value
 * @returns {{ text: string, line: number, change: 'replaced' | 'added' | 'none', duplicates: number }}
 * @throws {RangeError} for a value that no line can hold so that dotenv, Next.js and a shell all read it
 */
function assign(text, name, value) {
  if (!isName(name)) {
    throw new RangeError(`${name} is not the name of a variable.`);
  }
  const of = assignments(text).filter((assignment) => assignment.name === name);
  const last = of.at(-1);
  const duplicates = Math.max(of.length - 1, 0);
  if (last?.value === value && last.isOnOneLineWithItsName) {
    return { text, line: lineOf(text, last.start), change: 'none', duplicates };
  }
  // A value that begins on another line than its name may be somebody's next assignment, so it stays,
  // and a later line wins.
  const replaced = last?.isOnOneLineWithItsName ? last : undefined;
  const attempts = replaced ? replacements(text, replaced, value) : additions(text, name, value);
  const wanted = { ...read(text), [name]: value };
  for (const edited of attempts) {
    // Read again rather than reasoned about: what surrounds the line is anybody's text.
    if (isSame(read(edited.text), wanted) && !isReplacedByNext(value)) {
      const change = replaced ? 'replaced' : 'added';
      return { text: edited.text, line: lineOf(edited.text, edited.at), change, duplicates };
    }
  }
  const message = `The value for ${name} contains characters that an env file cannot hold.`;
  throw Object.assign(new RangeError(message), { code: 'VALUE_UNWRITABLE' });
}

/** @param {string} text @param {Assignment} last @param {string} value @returns {Iterable<Edited>} */
function* replacements(text, { start, end, quote }, value) {
  for (const style of new Set([quote, ...QUOTES].filter((style) => holds(style, value)))) {
    yield { text: text.slice(0, start) + style + value + style + text.slice(end), at: start };
  }
}

/**
 * Whether a shell that runs the file as a script reads the value as it is, too, and runs nothing in it.
 * @param {string} quote
 * @param {string} value
 */
function holds(quote, value) {
  if (quote === '') return /^[\w@%+=:,./\P{ASCII}-]*$/u.test(value);
  if (quote === '"') return !/["$`\\]/.test(value);
  return quote === "'" && !value.includes("'");
}

/** @param {string} text @param {string} name @param {string} value @returns {Iterable<Edited>} */
function* additions(text, name, value) {
  const newline = text.match(/\r\n|\n|\r/g)?.at(-1) ?? '\n';
  const isComplete = text === '' || text === BYTE_ORDER_MARK || /[\r\n]$/.test(text);
  const between = isComplete ? '' : newline;
  // A last line such as `NAME:` takes the next one for its value: an empty one, or ours comes first.
  /** @type {[string, string][]} */
  const places = [
    [text + between, ''],
    [text + between + newline, ''],
    text.startsWith(BYTE_ORDER_MARK) ? [BYTE_ORDER_MARK, text.slice(1)] : ['', text],
  ];
  for (const [before, after] of places) {
    for (const style of QUOTES.filter((style) => holds(style, value))) {
      const line = `${name}=${style}${value}${style}${newline}`;
      yield { text: before + line + after, at: before.length };
    }
  }
}

/**
 * What dotenv makes of a value: the quotes go, and in double quotes `\n` and `\r` are line breaks.
 * @param {string} content
 */
function unquoted(content) {
  const inner = withoutQuotes(content);
  return content.startsWith('"') ? inner.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : inner;
}

/**
 * dotenv's `/^(['"`])([\s\S]*)\1$/gm`, which looks through the whole value at each of its lines.
 * @param {string} content
 */
function withoutQuotes(content) {
  // Of each kind the last one that ends a line.
  const last = new Map(
    Array.from(content.matchAll(/['"`]$/gm), ({ 0: quote, index }) => [quote, index]),
  );
  let inner = '';
  let next = 0;
  for (const { 0: quote, index } of content.matchAll(/^['"`]/gm)) {
    const end = last.get(quote) ?? -1;
    if (index < next || end <= index) continue;
    inner += content.slice(next, index) + content.slice(index + 1, end);
    next = end + 1;
  }
  return inner + content.slice(next);
}

/**
 * Whether a variable may have that name.
 * @param {string} text
 */
function isName(text) {
  return /^[A-Za-z_]\w*$/.test(text);
}

/** @param {Record<string, string>} one @param {Record<string, string>} other */
function isSame(one, other) {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
  );
}

/** @param {string} text @param {number} position */
function lineOf(text, position) {
  return text.slice(0, position).split(/\r\n|\n|\r/).length;
}

const BYTE_ORDER_MARK = '\uFEFF';

/** The ways to write a value, the plainest first. Within backticks a shell looks for a command. */
const QUOTES = ['', '"', "'"];

const QUOTED = /^(['"`])[\s\S]*\1$/;

const quotedBy = (/** @type {string} */ quote) =>
  String.raw`\s*${quote}(?:\\${quote}|[^${quote}])*${quote}`;

// The grammar is whatever dotenv's own expression accepts (https://github.com/motdotla/dotenv; Next.js
// has a copy in @next/env). That has its surprises, such as `NAME: value`, or a quoted value on the
// line after its name, and a test holds the two against each other. But where dotenv has `^\s*`, the space
// before a name is that of its own line: a run of empty lines would be looked through from each of them.
const ASSIGNMENT = new RegExp(
  [
    String.raw`(?<lead>^[^\S\n\u2028\u2029]*(?:export\s+)?)(?<name>[\w.-]+)(?<separator>\s*=\s*?|:\s+?)`,
    `(?<value>${["'", '"', '`'].map(quotedBy).join('|')}|[^#\\r\\n]+)?`,
    String.raw`\s*(?:#.*)?$`,
  ].join(''),
  'gm',
);

module.exports = { assign, assignments, expand, isName, read };
