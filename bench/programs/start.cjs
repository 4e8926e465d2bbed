// What start.mjs measures of time, in CommonJS: what a Next.js server is compiled to.
//
//   node start.cjs bare|token CANDIDATE
//   node start.cjs dlopen ADDON       the addon of this package by itself, without its JavaScript
'use strict';

const [step, candidate] = process.argv.slice(2);
const startedAt = performance.now();
const took = { importMs: 0, tokenMs: 0 };

const functions = {
  token: () => require(candidate).getLakebasePostgresToken,
  dlopen() {
    const opened = { exports: {} };
    process.dlopen(opened, candidate);
    return () => opened.exports.token(process.env);
  },
};

async function main() {
  if (step !== 'bare') {
    const getLakebasePostgresToken = functions[step]();
    took.importMs = performance.now() - startedAt;
    const token = await getLakebasePostgresToken();
    took.tokenMs = performance.now() - startedAt;
    if (!/^postgres-token-/.test(token)) throw new Error(`${candidate} gave no token.`);
  }
  console.log(JSON.stringify(took));
}

main();
