// What docs/migrating.md says to change, and its doing.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const TEXT = readFileSync(path.join(import.meta.dirname, '../../docs/migrating.md'), 'utf8');

export function chapter(title) {
  const [, text] = TEXT.split(`\n## ${title}\n`);
  assert.ok(text, `docs/migrating.md has a chapter ${title}`);
  return text.split('\n## ')[0];
}

/** Writes its whole files, deletes what it says, and replaces the lines of its diffs. */
export function migrate(text, folder) {
  const written = [];
  for (const [, name, content] of text.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)) {
    writeFileSync(path.join(folder, name), content);
    written.push(name);
  }
  const sentences = text.match(/^Delete .*/gm)?.join('') ?? '';
  const deleted = [...sentences.matchAll(/`(\S+\.ts)`/g)].map(([, name]) => name);
  for (const name of deleted) rmSync(path.join(folder, name), { force: true });
  const lines = [...text.matchAll(/^-(.+)\n\+(.+)$/gm)];
  for (const [, before, after] of lines) replaceLine(folder, before, after);
  return { changed: lines.length, written, deleted };
}

function replaceLine(folder, before, after) {
  const files = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name))
    .filter((file) => linesOf(file).includes(before));
  assert.equal(files.length, 1, `one file has the line ${before}`);
  const changed = linesOf(files[0]).map((line) => (line === before ? after : line));
  writeFileSync(files[0], changed.join('\n'));
}

function linesOf(file) {
  return readFileSync(file, 'utf8').split('\n');
}
