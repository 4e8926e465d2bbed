// What the check and the programs that it starts have in common.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

export const MINUTE_MS = 60_000;

export async function until(condition) {
  const deadline = Date.now() + 2 * MINUTE_MS;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `still waiting for ${condition}`);
    await pause(10);
  }
}

/** Every library wraps errors in its own way. */
export function causes(error) {
  const { code, message, cause, parent } = error ?? {};
  return error ? `${code} ${message}; ${causes(cause ?? parent)}` : '';
}
