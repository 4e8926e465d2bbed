// Runs checks one after the other, with a line for each, and says in the end how many passed.
import { stopEverything } from './processes.mjs';

/**
 * @param {{ name: string, run: () => Promise<unknown> }[]} checks
 * @param {string[]} words `--only NAME` picks those whose name contains NAME
 */
export async function runChecks(checks, words) {
  const chosen = checks.filter(({ name }) => name.includes(only(words)));
  if (chosen.length === 0) throw new Error(`No check is called so: ${words.join(' ')}`);
  let failed = 0;
  for (const check of chosen) {
    if (!(await passes(check))) failed += 1;
  }
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

async function passes({ name, run }) {
  const begun = performance.now();
  const told = (mark, note = '') =>
    console.log(`${mark} ${name}${note} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  try {
    const note = await run();
    told('ok    ', note && `: ${note}`);
    return true;
  } catch (error) {
    told('FAILED');
    console.log(error);
    return false;
  } finally {
    await stopEverything();
  }
}

function only([flag, name]) {
  if (flag === undefined) return '';
  if (flag === '--only' && name) return name;
  throw new Error('Usage: npm run check -- [--only NAME]');
}
