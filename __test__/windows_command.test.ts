import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { onWindows } from '../js/cli/windows_command.js';
import { newFolder } from './support/command_line';
import { isWindows } from './support/platform';

/** A folder with these programs in it. */
function folderWith(...names: string[]) {
  const folder = newFolder();
  for (const name of names) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), SCRIPT);
    chmodSync(path.join(folder, name), 0o755);
  }
  return folder;
}

const SCRIPT = `@"${process.execPath}" -p "JSON.stringify(process.argv.slice(1))" -- %*\r\n`;

const start = (command: string, folder: string, line: string[] = []) =>
  onWindows(command, line, { Path: folder, ComSpec: 'C:\\cmd.exe' });

test('a program is found on Path before a script in a later folder, and one there by its ending', () => {
  const first = folderWith('tool.exe');
  const second = folderWith('tool.cmd', 'other.bat');
  const searched = [first, second].join(path.delimiter);
  const file = path.join(first, 'tool.exe');
  expect(start('tool', searched, ['a b'])).toEqual({ file, line: ['a b'], options: {} });
  expect(start('tool.cmd', searched).line.at(-1)).toContain('tool.cmd');
  expect(start('other', searched)).toEqual({
    file: 'C:\\cmd.exe',
    line: ['/d', '/s', '/c', `"${path.join(second, 'other.bat')}"`],
    options: { windowsVerbatimArguments: true },
  });
});

test('a command with a path is that file, and what is nowhere is left to be refused', () => {
  const folder = folderWith('bin/tool.cmd');
  const file = path.join(folder, 'bin', 'tool');
  expect(start(file, '').line.at(-1)).toBe(`"${file}.cmd"`);
  for (const command of ['tool', path.join(folder, 'tool')]) {
    expect(start(command, folder)).toEqual({ file: command, line: [], options: {} });
  }
});

test('what cmd.exe would read in an argument is its own text, twice through a shim of npm', () => {
  const folder = folderWith('tool.cmd', 'node_modules/.bin/tool.cmd');
  const words = ['a b', '%PATH%', 'say "hi" & exit', 'C:\\dir\\'];
  expect(start('tool', folder, words).line.at(-1)).toBe(
    `"${path.join(folder, 'tool.cmd')} ^"a^ b^" ^"^%PATH^%^" ^"say^ \\^"hi\\^"^ ^&^ exit^" ^"C:\\dir\\\\^""`,
  );
  const shim = start('tool', path.join(folder, 'node_modules/.bin'), ['%A%']);
  expect(shim.line.at(-1)).toMatch(/ \^\^\^"\^\^\^%A\^\^\^%\^\^\^""$/);
});

test.runIf(isWindows)('a script gets every argument as it was', () => {
  const folder = folderWith('tool.cmd');
  const words = ['a b', '%PATH%', 'say "hi" & exit', 'C:\\dir\\', '', '^', '!x!', '(1|2)<3>'];
  const { file, line, options } = onWindows('tool', words, { ...process.env, PATH: folder });
  const { stdout, stderr } = spawnSync(file, line, { ...options, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(words);
});
