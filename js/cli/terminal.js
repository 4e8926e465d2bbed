// What a person sees: colour and a line that moves while something takes time, on a terminal only.
'use strict';

/**
 * Functions that paint a text, or leave it as it is: https://no-color.org.
 * @param {NodeJS.WriteStream} stream
 */
function paints(stream) {
  const inColor = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  const paint = (/** @type {number} */ code) => (/** @type {string} */ text) =>
    inColor ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: paint(1), dim: paint(2), red: paint(31), green: paint(32), yellow: paint(33) };
}

/**
 * Shows `what` with a spinner on stderr until `promise` is settled, and leaves nothing behind.
 * @template T
 * @param {string} what
 * @param {Promise<T>} promise
 */
async function whileWaiting(what, promise) {
  const { stderr } = process;
  if (!stderr.isTTY || process.env.TERM === 'dumb') {
    return promise;
  }
  let turns = 0;
  const turn = () => {
    const frame = FRAMES[turns % FRAMES.length];
    turns += 1;
    // What does not fit goes on to a next line, and only the last one is taken away.
    const line = `${frame} ${what}`.slice(0, (stderr.columns || COLUMNS) - 1);
    stderr.write(`\r\u001b[2K${paints(stderr).dim(line)}`);
  };
  const spinner = setInterval(turn, FRAME_MS);
  try {
    return await promise;
  } finally {
    clearInterval(spinner);
    if (turns > 0) stderr.write('\r\u001b[2K');
  }
}

/**
 * `14:05 (in 59 min)`, in local time; with the day if it is another one.
 * @param {Date} moment
 * @param {Date} now
 */
function untilWhen(moment, now) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0');
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  const isToday = moment.toDateString() === now.toDateString();
  return `${isToday ? time : `${day} ${time}`} (in ${duration(moment.getTime() - now.getTime())})`;
}

/**
 * `850 ms`, `12 s`, `59 min`, `7 h`, `3 days`: two digits are enough to judge it by.
 * @param {number} milliseconds
 */
function duration(milliseconds) {
  /** @type {[number, string][]} */
  const units = [
    [24 * 3_600_000, 'days'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ];
  const [length, unit] =
    units.find(([length]) => milliseconds >= 2 * length) ?? /** @type {const} */ ([1, 'ms']);
  return `${Math.round(milliseconds / length)} ${unit}`;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;

/** Of a terminal that does not say how many. */
const COLUMNS = 80;

module.exports = { duration, paints, untilWhen, whileWaiting };
