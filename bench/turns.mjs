// Fair turns: whatever the machine does meanwhile, it does to all of them.

/**
 * Runs each of `entries` `rounds` times: A B C D, B C D A, ... What `runOnce` resolves to, in lists by the
 * entries' names.
 */
export async function inTurns({ entries, rounds, runOnce }, progress) {
  const runs = Object.fromEntries(entries.map(({ name }) => [name, []]));
  // The first of each reads files that nobody has in memory yet, and does not count.
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < entries.length; turn += 1) {
      const entry = entries[(turn + round + 1) % entries.length];
      progress(`${entry.name}, round ${round + 1} of ${rounds}`);
      const figures = await runOnce(entry);
      if (round >= 0) runs[entry.name].push(figures);
    }
  }
  return runs;
}
