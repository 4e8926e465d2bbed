// What start.mjs measures of time, in CommonJS: what a Next.js server is compiled to.
//
//   node start.cjs bare|token CANDIDATE
'use strict';

const [step, candidate] = process.argv.slice(2);
const startedAt = performance.now();
const took = { importMs: 0, tokenMs: 0 };

async function main() {
  if (step !== 'bare') {
    const { getLakebasePostgresToken } = require(candidate);
    took.importMs = performance.now() - startedAt;
    const token = await getLakebasePostgresToken();
    took.tokenMs = performance.now() - startedAt;
    if (!/^postgres-token-/.test(token)) throw new Error(`${candidate} gave no token.`);
  }
  console.log(JSON.stringify(took));
}

main();
