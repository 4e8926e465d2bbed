// The system this runs on, and its target: what binaries and their packages are called after, such as
// `linux-x64-gnu`. js/native.js does without it, to load in fewer milliseconds.
'use strict';

/**
 * @typedef {{ platform: string, arch: string, libc?: 'glibc' | 'musl', libcVersion?: string }} System
 *
 * The part of a diagnostic report that is read here.
 * @typedef {{ header: { glibcVersionRuntime?: string } }} Report
 */

/** @param {System} system */
function targetOf({ platform, arch, libc }) {
  if (platform === 'linux') return `linux-${arch}-${libc === 'musl' ? 'musl' : 'gnu'}`;
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`;
}

/** @returns {System} */
function thisSystem() {
  const { platform, arch } = process;
  const header = platform === 'linux' ? report()?.header : undefined;
  if (header === undefined) return { platform, arch };
  const libcVersion = header.glibcVersionRuntime;
  return { platform, arch, libc: libcVersion ? 'glibc' : 'musl', libcVersion };
}

/** @returns {Report | undefined} */
function report() {
  if (!process.report) return undefined;
  const { excludeNetwork } = process.report;
  // Else it looks up the name of every open connection.
  process.report.excludeNetwork = true;
  try {
    // Declared as a string up to Node 24's types, and an object since Node 12.
    return /** @type {Report} */ (/** @type {unknown} */ (process.report.getReport()));
  } catch {
    // Deno wants a permission for it: the explanation does without.
    return undefined;
  } finally {
    process.report.excludeNetwork = excludeNetwork;
  }
}

/** What is built for this machine is what is looked for here. */
const hostTarget = () => targetOf(thisSystem());

module.exports = { hostTarget, targetOf, thisSystem };
