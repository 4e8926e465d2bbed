// One call, in a process of its own: what it settled with, after how long, and what it took of memory.
//
//   node client.cjs ENTRY [PATIENCE_MS]
'use strict';

const { peakMiB, told } = require('./telling.cjs');
const [, , entry, patienceMs] = process.argv;
const { getLakebaseCredential, getLakebasePostgresToken } = require(entry);

async function main() {
  const before = peakMiB();
  const begun = performance.now();
  const outcome = await token().then((token) => ({ token }), told);
  const seconds = (performance.now() - begun) / 1000;
  console.log(JSON.stringify({ ...outcome, seconds, grownMiB: peakMiB() - before }));
}

async function token() {
  if (patienceMs === undefined) return await getLakebasePostgresToken();
  return (await getLakebaseCredential({ timeoutMs: Number(patienceMs) })).token;
}

main();
