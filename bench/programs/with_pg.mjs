// Loads `pg` before a program begins, as an application has that talks to Postgres anyway. If the
// candidate, the program's second argument, brings its own copy along, that one.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [, , , candidate = import.meta.url] = process.argv;
await import(pathToFileURL(pgOf(candidate) ?? pgOf(import.meta.url)).href);

function pgOf(file) {
  try {
    return createRequire(file).resolve('pg');
  } catch {
    return undefined;
  }
}
