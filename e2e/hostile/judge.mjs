// What is promised of a call, whatever a server does. Pure.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repeated } from './secrets.mjs';

/** Seconds for which a caller waits that does not say otherwise. */
export const PATIENCE_S = 9;
/** Seconds that a call may take beyond that. */
export const ALONE_S = 0.5;
/** The same where others load the machine: a call that forgets its time takes for ever. */
export const BESIDE_OTHERS_S = 3;

/** What a process may grow by in one call: 1 MiB of an answer, a few times over, and the addon. */
export const MEMORY_MIB = 64;

const LONGEST_MESSAGE = 1000;

/** Neither what a terminal obeys nor what hides or turns text. */
const UNPRINTABLE = /[\p{C}\u2028\u2029]/u;

/** Those that a workspace can be the reason of, by the manual of the package. */
const codes = new Set(manual().filter((code) => !/INTERRUPTED|MISSING$|UNSUPPORTED$/.test(code)));

/** What is wrong with what a call settled with, but for the time that it took. */
export function problems({ died, error, token, grownMiB, isMet }, memoryMiB = MEMORY_MIB) {
  if (died !== undefined) return [`the process ended by ${died}`];
  const found = error === undefined ? problemsOfToken(token) : problemsOfError(error);
  if (isMet === false) found.push('nobody met it');
  if (grownMiB > memoryMiB) found.push(`took ${grownMiB.toFixed(0)} MiB of memory`);
  return found;
}

export function lateness({ seconds }, bound) {
  return seconds > bound ? [`settled after ${seconds.toFixed(2)} s, more than ${bound}`] : [];
}

function problemsOfToken(token) {
  return /^[!-~]+$/.test(token) ? [] : [`resolved to ${JSON.stringify(token).slice(0, 100)}`];
}

function problemsOfError({ name, code, message, said, all }) {
  const found = [];
  if (name !== 'LakebaseTokenError' || !codes.has(code))
    found.push(`rejected with ${name} ${code}`);
  if (message.length > LONGEST_MESSAGE) found.push(`its message has ${message.length} characters`);
  const control = said.find((text) => UNPRINTABLE.test(text));
  if (control !== undefined) found.push(`says ${JSON.stringify(control.slice(0, 300))}`);
  const secret = repeated(all);
  if (secret !== undefined) found.push(`repeats “${secret}” of a secret: ${message}`);
  return found;
}

function manual() {
  const text = readFileSync(path.join(import.meta.dirname, '../../index.d.ts'), 'utf8');
  return [...text.matchAll(/^ {2}\| '(ERR_LAKEBASE_\w+)'/gm)].map(([, code]) => code);
}
