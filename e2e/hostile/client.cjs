// One call, in a process of its own: what it settled with, after how long, and what it took of memory.
'use strict';

const { peakMiB, told } = require('./telling.cjs');
const { getLakebasePostgresToken } = require(process.argv[2]);

async function main() {
  const before = peakMiB();
  const begun = performance.now();
  const outcome = await getLakebasePostgresToken().then((token) => ({ token }), told);
  const seconds = (performance.now() - begun) / 1000;
  console.log(JSON.stringify({ ...outcome, seconds, grownMiB: peakMiB() - before }));
}

main();
