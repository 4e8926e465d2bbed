// A project as `create-next-app` makes it, with the tarballs installed and ../app/ laid over it.
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bareEnvironment } from '../../../support/environment.mjs';
import { nextApp } from '../../../support/next_app.mjs';
import { runWell } from '../../../support/processes.mjs';
import { tarballs } from '../../../support/tarballs.mjs';

const require = createRequire(import.meta.url);

export async function newProject(folder) {
  await createNextApp(folder);
  cpSync(path.join(import.meta.dirname, '../app'), folder, { recursive: true });
  const made = project(folder);
  await made.install();
  return made;
}

/** Its template comes with it. The other template downloads fonts while it is built. */
async function createNextApp(folder) {
  const { bin } = require('create-next-app/package.json');
  const program = require.resolve(`create-next-app/${bin['create-next-app'] ?? bin}`);
  const choices = [
    '--yes',
    '--ts',
    '--app',
    '--src-dir',
    '--empty',
    '--no-tailwind',
    '--no-eslint',
  ];
  const rest = ['--no-agents-md', '--use-npm', '--skip-install', '--disable-git'];
  await runWell(process.execPath, [program, folder, ...choices, ...rest], {
    cwd: path.dirname(folder),
    env: bareEnvironment(),
  });
}

/** What can be done with a project that is there. */
export function project(folder) {
  return {
    ...nextApp({ root: folder }),
    install: () =>
      runWell('npm', ['install', '--prefer-offline', ...tarballs(), ...PINNED], {
        cwd: folder,
        env: bareEnvironment(),
      }),
    /** The files that a route of the build needs, such as `app/api/who/route`. */
    trace: (route) =>
      JSON.parse(readFileSync(path.join(folder, `.next/server/${route}.js.nft.json`), 'utf8')),
    /** Changes one text of one file, and gives back what undoes it. */
    edit(file, from, to) {
      const before = readFileSync(path.join(folder, file), 'utf8');
      if (!before.includes(from)) throw new Error(`${file} does not say ${from}`);
      writeFileSync(path.join(folder, file), before.replace(from, to));
      return () => writeFileSync(path.join(folder, file), before);
    },
    /** Adds options to its configuration. Its types are checked where it has none. */
    configure(options) {
      const added = `${options} typescript: { ignoreBuildErrors: true },`;
      return this.edit('next.config.ts', '/* config options here */', added);
    },
    /** Takes a file away, and gives back what undoes it. */
    setAside(file) {
      const [place, aside] = [path.join(folder, file), path.join(folder, `${file}.aside`)];
      renameSync(place, aside);
      return () => renameSync(aside, place);
    },
    /** Adds the files of one of our folders, and gives back what undoes it. */
    layOver(ours) {
      const from = path.join(import.meta.dirname, '..', ours);
      cpSync(from, folder, { recursive: true, force: false, errorOnExist: true });
      const added = readdirSync(from, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      return () => {
        for (const { parentPath, name } of added) {
          rmSync(path.join(folder, path.relative(from, parentPath), name));
        }
      };
    },
  };
}

// As in examples/nextjs; create-next-app is a little behind.
const PINNED = ['next@16.4.6', 'pg@8.23.1', '@types/pg@8.23.1'];
