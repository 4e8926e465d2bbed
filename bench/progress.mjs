// One line that tells what is under way; only where somebody watches.

/** @param {string} text replaces what was told before */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text.slice(0, 100)}`);
}

progress.clear = function clear() {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
};
