// Times as a reader says them. Pure functions.

/** Such as `48 s`, `34 min`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** Such as `13:02:41`; UTC, for the server does not know where its reader is. */
export function timeOfDay(date: Date): string {
  return date.toISOString().slice(11, 19);
}

/** Such as `12 s ago`. */
export function ago(date: Date, now: Date): string {
  return `${duration(now.getTime() - date.getTime())} ago`;
}
