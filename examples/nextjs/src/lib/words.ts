// Times as a reader says them. Pure functions.

/** Such as `48 s`, `34 min`, `3 h`, `2 days`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** Such as `13:02:41`; UTC, for the server does not know where its reader is. */
export function timeOfDay(date: Date): string {
  return date.toISOString().slice(11, 19);
}

/** Such as `12 s ago`. */
export function ago(date: Date, now: Date): string {
  return `${duration(now.getTime() - date.getTime())} ago`;
}
