// `npm run demo`: an ordinary pg pool, a real Postgres whose password changes every other second, and
// an emulated workspace that issues the passwords. Needs no account, no network and no settings.
'use strict';

const { setTimeout: pause } = require('node:timers/promises');
const { getLakebasePostgresToken } = require('lakebase-token');
const { startWorkspaceEmulator } = require('lakebase-token/testing');
const { Pool } = require('pg');
const { loginGate } = require('../support/postgres/login_gate.js');
const { startPostgres } = require('../support/postgres/postgres.js');

const LIFETIME_MS = 4_000;
const LIFETIMES = 3;
const LATENCY_MS = 40;
const BETWEEN_LOGINS_MS = 100;
const BATCHES = 21;
const BATCH = 20_000;

const inColor = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (inColor ? `\u001b[${code}m${text}\u001b[0m` : text);
const [bold, dim, red, green] = [paint(1), paint(2), paint(31), paint(32)];

async function main() {
  const open = [];
  try {
    return await demo((close) => open.push(close));
  } finally {
    progress('');
    for (const close of open.reverse()) await close();
  }
}

async function demo(atTheEnd) {
  const postgres = await startPostgres();
  atTheEnd(() => postgres.stop());
  // A Postgres role has one password, where Lakebase admits every unexpired token: the gate keeps a
  // login and the change of the password apart. An application needs nothing like it.
  const gate = loginGate(getLakebasePostgresToken);
  const workspace = await startWorkspaceEmulator({
    lifetimeMs: { postgresToken: LIFETIME_MS },
    latencyMs: LATENCY_MS,
    onPostgresToken: (issued) => gate.change(issued, () => postgres.acceptToken(issued)),
  });
  atTheEnd(() => workspace.close());
  Object.assign(process.env, workspace.env);

  const { host, port, user, database, ca, version } = postgres;
  const pool = new Pool({
    host,
    port,
    user,
    database,
    ssl: { ca },
    password: getLakebasePostgresToken,
    maxUses: 1, // Only so that there are many logins to see.
  });
  atTheEnd(() => pool.end());

  line(bold('lakebase-token'));
  line();
  fact('Postgres', version, 'a real one: TLS, and a role whose password is the last token issued');
  fact(
    'workspace',
    'emulated',
    `answers after ${LATENCY_MS} ms; a token lives ${LIFETIME_MS / 1000} s`,
  );
  fact(
    'first token',
    `${(await firstTokenMs()).toFixed(0)} ms`,
    'two requests, one after the other',
  );
  fact('cached call', `${cachedCallNs().toFixed(0)} ns`, `median of ${BATCHES} × ${BATCH} calls`);
  line();

  const oldest = await gate.login(() => pool.connect());
  atTheEnd(() => oldest.release());
  const run = await logInAgainAndAgain({ gate, pool, workspace });
  const oldestWorks = await oldest.query('SELECT 1').then(
    () => true,
    () => false,
  );
  summary({ ...run, oldestWorks, workspace });
  return run.failures.length === 0 && run.logins > 0 && oldestWorks;
}

async function firstTokenMs() {
  const startedAt = performance.now();
  await getLakebasePostgresToken();
  return performance.now() - startedAt;
}

function cachedCallNs() {
  const samples = Array.from({ length: BATCHES }, () => {
    const startedAt = performance.now();
    for (let call = 0; call < BATCH; call += 1) getLakebasePostgresToken();
    return ((performance.now() - startedAt) * 1e6) / BATCH;
  });
  return samples.sort((a, b) => a - b)[Math.floor(BATCHES / 2)];
}

async function logInAgainAndAgain({ gate, pool, workspace }) {
  const startedAt = performance.now();
  const secondsSoFar = () => (performance.now() - startedAt) / 1000;
  const failures = [];
  let logins = 0;
  let longestWaitMs = 0;
  let group; // of logins with the same token

  while (secondsSoFar() * 1000 < LIFETIMES * LIFETIME_MS) {
    const askedAt = performance.now();
    await getLakebasePostgresToken().catch(() => {}); // If it rejects, so does the login.
    longestWaitMs = Math.max(longestWaitMs, performance.now() - askedAt);
    try {
      const { token, role } = await logIn({ gate, pool });
      logins += 1;
      if (group?.token !== token) {
        report(group);
        const { number } = workspace.issuedTokens.find((issued) => issued.token === token);
        group = { token, number, role, from: logins };
      }
      group.to = logins;
      progress(`${secondsSoFar().toFixed(1)} s  login ${logins} as ${role}, token ${group.number}`);
    } catch (error) {
      failures.push(error);
      line(red(`no login: ${error.message} (${error.code})`));
    }
    await pause(BETWEEN_LOGINS_MS);
  }
  report(group);
  return { seconds: secondsSoFar(), logins, failures, longestWaitMs };
}

async function logIn({ gate, pool }) {
  const client = await gate.login(() => pool.connect());
  try {
    const { rows } = await client.query('SELECT current_user AS role');
    return { role: rows[0].role, token: client.password };
  } finally {
    client.release();
  }
}

function report(group) {
  if (!group) return;
  const { number, role, from, to } = group;
  fact(`token ${number}`, `as ${role}`, from === to ? `login ${from}` : `logins ${from} to ${to}`);
}

function summary({ seconds, logins, failures, longestWaitMs, oldestWorks, workspace }) {
  const requests = (step) => workspace.requests.filter((request) => request.step === step).length;
  const [accessTokens, postgresTokens] = [requests('accessToken'), requests('postgresToken')];
  const judged = (isGood) => (isGood ? green : red);
  line();
  fact('logins', logins, `in ${seconds.toFixed(0)} s, which is ${LIFETIMES} lifetimes of a token`);
  fact('failures', failures.length, 'logins that did not succeed', judged(failures.length === 0));
  fact('longest wait', `${longestWaitMs.toFixed(2)} ms`, 'for a token, all renewals included');
  fact(
    'requests',
    accessTokens + postgresTokens,
    `${accessTokens} for an access token, the rest for Postgres tokens`,
  );
  fact(
    'token 1',
    oldestWorks ? 'still open' : 'is gone',
    'the first connection, long after its token expired',
    judged(oldestWorks),
  );
}

function fact(name, value, remark, tone = String) {
  line(`${name.padEnd(14)}${tone(String(value).padEnd(14))}${dim(remark)}`);
}

function line(text = '') {
  progress('');
  console.log(text && `  ${text}`);
}

/** A line that the next one overwrites. */
function progress(text) {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${text && `  ${dim(text)}`}`);
}

main().then(
  (everyLoginSucceeded) => {
    if (everyLoginSucceeded) return;
    console.error('The demo did not succeed: a login failed, or an open connection was lost.');
    process.exitCode = 1;
  },
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
