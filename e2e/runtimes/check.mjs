// The packed tarballs in every runtime, against an emulated workspace and a real Postgres.
//
//   npm ci --ignore-scripts && npm run check -- TARBALL...        non-zero if it fails
//
// What a runtime cannot do is said in runtimes.mjs. When it can, this fails too, so that nobody goes on
// saying that it cannot.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { App } from './app.mjs';
import { checks } from './checks.mjs';
import { runtimes } from './runtimes.mjs';

const { startPostgres } = createRequire(import.meta.url)('../../__test__/support/postgres.js');

const named = process.argv.slice(2);
if (named.length === 0) {
  console.error('Usage: npm run check -- TARBALL...');
  process.exit(2);
}
// npm runs this in its own folder, whichever folder the names were given in.
const tarballs = named.map((file) => path.resolve(process.env.INIT_CWD ?? '', file));

const app = new App(tarballs);
try {
  const postgres = await startPostgres();
  try {
    process.exitCode = (await checkAll(postgres)) ? 0 : 1;
  } finally {
    await postgres.stop();
  }
} finally {
  app.remove();
}

async function checkAll(postgres) {
  const [table, notes] = [{}, []];
  for (const runtime of runtimes) {
    const all = { ...checks, ...runtime.checks };
    assert.deepEqual(
      Object.keys(runtime.known).filter((name) => !(name in all)),
      [],
    );
    const title = `${runtime.name} ${app.version(runtime)}`;
    for (const [name, check] of Object.entries(all)) {
      const { mark, note } = judgement(
        await problemOf(check, runtime, postgres),
        runtime.known[name],
      );
      table[name] = { ...table[name], [title]: mark };
      if (note) notes.push(`${mark} ${title}, ${name}: ${note}`);
    }
  }
  print(table);
  console.log(notes.join('\n'));
  return !notes.some((note) => note.startsWith('✗'));
}

/** What is wrong, or nothing. */
async function problemOf(check, runtime, postgres) {
  const open = [];
  const tools = {
    startWorkspace: async (options) => {
      const workspace = await app.startWorkspaceEmulator(options);
      open.push(workspace);
      return workspace;
    },
    see: (name, env) => app.seen(runtime, name, env),
    run: (args, env) => app.run(runtime, args, env),
  };
  try {
    await check({ ...tools, runtime, postgres });
  } catch (error) {
    return error;
  } finally {
    await Promise.all(open.map((workspace) => workspace.close()));
  }
}

function judgement(problem, known) {
  if (problem === undefined) {
    return known ? { mark: '✗', note: 'now works: say so in docs/ and here' } : { mark: '✓' };
  }
  return known?.shows.test(problem.message)
    ? { mark: '–', note: known.why }
    : { mark: '✗', note: problem.stack };
}

function print(table) {
  const titles = [...new Set(Object.values(table).flatMap((marks) => Object.keys(marks)))];
  const width = Math.max(...Object.keys(table).map((name) => name.length));
  console.log(`\n${[' '.repeat(width), ...titles].join('  ')}`);
  for (const [name, marks] of Object.entries(table)) {
    const cells = titles.map((title) => (marks[title] ?? '').padEnd(title.length));
    console.log([name.padEnd(width), ...cells].join('  ').trimEnd());
  }
}
