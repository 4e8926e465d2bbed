// Whether a call ended as it should. Pure.

/**
 * @typedef {import('./calls.mjs').Ended} Ended
 *
 * What a workspace did wrong, and when, in milliseconds since 1970.
 * @typedef {{ name: string, codes: readonly string[], from: number, until: number }} Met
 *
 * Whom a call can have asked: the workspace of that moment, and the one before.
 * @typedef {{ urls: readonly string[], met: readonly Met[] }} Asked
 *
 * @typedef {{ url: string, expiresAt: number }} Issued
 */

/** A flight's budget, and the longest pause in which callers share its error. */
const MEMORY_MS = 60_000;

/** What a busy machine may add to a limit, besides what the thread itself was late. */
const BESIDE_OTHERS_MS = 1500;

/**
 * What is wrong with it, if anything.
 * @param {Ended} call
 * @param {Asked} asked
 * @param {ReadonlyMap<string, Issued>} issued
 */
export function problemOf(call, asked, issued) {
  const { tookMs, limitMs, lateMs, token } = call;
  if (tookMs - limitMs - lateMs > BESIDE_OTHERS_MS) {
    return `settled after ${Math.round(tookMs)} ms, its limit is ${limitMs}`;
  }
  return token === undefined ? problemOfError(call, asked) : problemOfToken(call, asked, issued);
}

/** @param {Ended} call @param {Asked} asked @param {ReadonlyMap<string, Issued>} issued */
function problemOfToken({ token = '', heldAt = 0 }, { urls }, issued) {
  const origin = issued.get(token);
  if (origin === undefined) return `a token that nobody issued: ${token.slice(0, 20)}`;
  if (!urls.includes(origin.url)) return 'a token of another workspace';
  const deadMs = heldAt - origin.expiresAt;
  return deadMs > 0 ? `a token that had been dead for ${deadMs} ms` : undefined;
}

/** @param {Ended} call @param {Asked} asked */
function problemOfError({ error, may, madeAt, tookMs }, { met }) {
  const code = String(error?.code).replace('ERR_LAKEBASE_', '');
  const isOfThen = (/** @type {Met} */ { from, until }) =>
    from <= madeAt + tookMs && until >= madeAt - MEMORY_MS;
  const reasons = met.filter(isOfThen);
  if ([may, ...reasons.map(({ codes }) => codes)].some((codes) => codes.includes(code))) return;
  const names = reasons.map(({ name }) => name).join(', ');
  return `${error?.code} after ${names || 'no trouble at all'}: ${error?.message}`;
}
