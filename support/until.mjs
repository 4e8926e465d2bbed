/**
 * Asks again and again until there is an answer.
 * @template T
 * @param {() => T | Promise<T>} ask
 * @param {() => string | false} hopeless why no answer can come any more
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(ask, hopeless = () => false) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    const why = hopeless() || (performance.now() > deadline && `Waited in vain for ${ask}`);
    if (why) throw new Error(why);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
}

/** More than the slowest build needs on the slowest machine: only what hangs is ended. */
export const PATIENCE_MS = 300_000;
const BETWEEN_LOOKS_MS = 50;
