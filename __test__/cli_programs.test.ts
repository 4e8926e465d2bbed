import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { endingsOf, onPath } from '../js/programs.js';
import { newFolder, run } from './support/command_line';
import { fakeDatabricks } from './support/databricks';
import { hasFileModes } from './support/platform';

test('a program of the current folder is not taken for the CLI', async () => {
  const cwd = newFolder();
  writeFileSync(path.join(cwd, '.env.local'), '', { mode: 0o600 });
  const databricks = fakeDatabricks(cwd, { version: 'current' });
  const own = fakeDatabricks(path.join(cwd, 'own'), { version: 'current' });
  for (const file of ['databricks', path.basename(own.file)])
    copyFileSync(path.join(own.folder, file), path.join(cwd, file));
  const searched = ['', '.', 'own/programs', databricks.folder, process.env.PATH].join(
    path.delimiter,
  );
  const env = { PATH: searched, DATABRICKS_CONFIG_FILE: path.join(cwd, 'databrickscfg') };
  expect(await run(['refresh-env'], { cwd, env })).toMatchObject({ code: 0 });
  expect(own.calls()).toEqual([]);
  expect(databricks.calls()).toHaveLength(1);
});

describe('a program', () => {
  const windows = (searched: string) => onPath('databricks', searched, endingsOf('win32')).file;

  test('is found with its ending on Windows, and never a script', () => {
    const folder = newFolder();
    for (const ending of ['', '.cmd', '.bat'])
      writeFileSync(path.join(folder, `databricks${ending}`), '');
    expect(windows(folder)).toBeUndefined();
    writeFileSync(path.join(folder, 'databricks.exe'), '', { mode: 0o755 });
    expect(windows(`"${folder}"`)).toBe(path.join(folder, 'databricks.exe'));
  });

  test.runIf(hasFileModes)('that is not executable is passed over, and told from none', () => {
    const [first, second] = [newFolder(), newFolder()];
    writeFileSync(path.join(first, 'databricks'), '', { mode: 0o644 });
    expect(onPath('databricks', first)).toEqual({ code: 'EACCES' });
    expect(onPath('databricks', second)).toEqual({ code: 'ENOENT' });
    expect(onPath('databricks', undefined)).toEqual({ code: 'ENOENT' });
    writeFileSync(path.join(second, 'databricks'), '', { mode: 0o755 });
    const searched = [first, path.join(first, 'databricks'), second].join(path.delimiter);
    expect(onPath('databricks', searched)).toEqual({ file: path.join(second, 'databricks') });
  });
});
