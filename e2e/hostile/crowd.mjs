// Eight floods and one healthy workspace in one process.
import { behaviourNamed, healthy } from './behaviours/all.mjs';
import { BESIDE_OTHERS_S, lateness, problems } from './judge.mjs';
import { report, startServer } from './processes.mjs';

/** Memory that eight floods and the many callers may take together. */
const MEMORY_MIB = 64;

const impatient = { timeoutMs: 1000, forMs: 4000, boundS: 1 + BESIDE_OTHERS_S };

const interim = (count) =>
  Array(count).fill('floods: 103 with 90 headers, without a pause, at the token endpoint');
const mixed = [
  '103 with 90 headers, without a pause',
  'zeros of a chunk size, without a pause',
  'zeros of a chunk size, at 130 MB/s',
  '100 Continue, without a pause',
].flatMap((name) =>
  ['the token endpoint', 'the credentials call'].map((step) => `floods: ${name}, at ${step}`),
);

export const crowds = [
  { name: 'crowd: eight floods of interim answers', hostile: interim(8) },
  { name: 'crowd: eight floods of four kinds', hostile: mixed },
  {
    name: 'crowd: eight floods of interim answers, 1 s of patience',
    hostile: interim(8),
    ...impatient,
  },
  { name: 'crowd: eight floods of four kinds, 1 s of patience', hostile: mixed, ...impatient },
];

/** Runs one of them, and says what was wrong. Callers wait so long if it does not say otherwise. */
export async function runCrowd({ hostile, ...crowd }, entry, patienceS) {
  const patient = {
    timeoutMs: patienceS * 1000,
    forMs: 3000,
    boundS: patienceS + BESIDE_OTHERS_S,
  };
  const { timeoutMs, forMs, boundS } = { ...patient, ...crowd };
  const servers = await Promise.all([healthy, ...hostile.map(behaviourNamed)].map(startServer));
  try {
    const [wellMeaning, ...floods] = servers.map(({ env }) => env);
    const crowd = JSON.stringify({ hostile: floods, healthy: wellMeaning, timeoutMs, forMs });
    return judgement(await report('crowd.cjs', [entry, crowd], {}), boundS);
  } finally {
    await Promise.all(servers.map(({ stop }) => stop()));
  }
}

function judgement({ died, hostile = [], healthy = [], grownMiB }, boundS) {
  if (died !== undefined) return { wrong: [`the process ended by ${died}`], note: 'died' };
  const wrong = [...hostile, ...healthy].flatMap((call) => [
    ...problems(call),
    ...lateness(call, boundS),
  ]);
  for (const { error } of healthy) {
    if (error !== undefined) wrong.push(`a call to the healthy one: ${error.message}`);
  }
  if (grownMiB > MEMORY_MIB) wrong.push(`took ${grownMiB.toFixed(0)} MiB of memory`);
  const slowest = (calls) => Math.max(...calls.map(({ seconds }) => seconds));
  const note = `${slowest(hostile).toFixed(2)} s at most, of the healthy one ${slowest(healthy).toFixed(2)} s`;
  return { wrong: summed(wrong), seconds: slowest([...hostile, ...healthy]), grownMiB, note };
}

/** One of each kind, with how many there are. */
function summed(wrong) {
  const kinds = new Map();
  for (const text of wrong) {
    const kind = text.replace(/[\d.]+/g, '…');
    kinds.set(kind, [...(kinds.get(kind) ?? []), text]);
  }
  return [...kinds.values()].map((same) => `${same.length} times: ${same.toSorted().at(-1)}`);
}
