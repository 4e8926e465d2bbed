// A process that does nothing, or imports a candidate, or imports it and gets one token; and tells
// what that took. Imports nothing else that bare Node has not loaded already.
//
//   node start.mjs bare|import|token CANDIDATE
import { readdirSync, readFileSync } from 'node:fs';

const [step, candidate] = process.argv.slice(2);
const startedAt = performance.now();
const took = { importMs: 0, tokenMs: 0 };

if (step !== 'bare') {
  const { getLakebasePostgresToken } = await import(candidate);
  took.importMs = performance.now() - startedAt;
  if (step === 'token') {
    const token = await getLakebasePostgresToken();
    took.tokenMs = performance.now() - startedAt;
    if (!/^postgres-token-/.test(token)) throw new Error(`${candidate} gave no token.`);
  }
}
console.log(JSON.stringify({ ...took, peakKiB: peakKiB(), threads: threads() }));

/**
 * The most memory that was ever resident. Not `resourceUsage().maxRSS` where it can be had: on Linux
 * that begins with what the parent had when it forked.
 */
function peakKiB() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
}

/** Zero where the system does not tell. */
function threads() {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
}
