import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** How often the memory of a process, on Linux, holds `text`. */
export function timesInMemory(pid: number, text: string): number {
  const file = openSync(`/proc/${pid}/mem`, 'r');
  try {
    const areas = readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/^(\w+)-(\w+) rw/gm);
    return [...areas].reduce((times, [, from = '', to = '']) => {
      const [begin, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
      return times + timesIn(contents(file, begin, end), text);
    }, 0);
  } finally {
    closeSync(file);
  }
}

function contents(file: number, begin: number, end: number): Buffer {
  const area = Buffer.alloc(end - begin);
  try {
    return area.subarray(0, readSync(file, area, 0, area.length, begin));
  } catch {
    return Buffer.alloc(0); // What nobody has written to yet.
  }
}

function timesIn(area: Buffer, text: string): number {
  let times = 0;
  for (let at = area.indexOf(text); at >= 0; at = area.indexOf(text, at + 1)) times += 1;
  return times;
}
