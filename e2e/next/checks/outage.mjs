// The example app while the workspace is down and the app's token has expired: it is asked for pages and
// given notes all the same, a dozen times a second.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { until } from '../../../support/until.mjs';

/**
 * The workspace is down already, and is up again afterwards.
 *
 * @param {object} app
 * @param {string} app.url
 * @param {[name: string, value: string][]} app.form what a browser sends along with a note
 * @param {import('lakebase-token/testing').WorkspaceEmulator} app.workspace
 * @param {import('../../../support/postgres/postgres.js').Postgres} app.postgres
 * @returns {Promise<string>} what was seen
 */
export async function outliveTheToken({ url, form, workspace, postgres }) {
  const { max } = (await statusOf(url)).pool;
  const visitors = startVisitors(url, form, postgres.port);
  try {
    await until(async () => (await statusOf(url)).token.token === undefined);
    // With a connection that is open already the app would do without a token.
    await postgres.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${postgres.user}'`,
    );
    const before = visitors.refused();
    await until(() => visitors.refused() > before + MANY);

    workspace.answer('postgresToken', null);
    const isBack = performance.now();
    await until(async () => (await (await fetch(url)).text()).includes('Logged in to'));
    const waitedMs = performance.now() - isBack;
    assert.deepEqual(visitors.failures, []);
    assert.ok(visitors.mostConnections() <= max, `${visitors.mostConnections()} connections`);
    assert.ok(waitedMs < LONGEST_WAIT_MS, `no query for ${waitedMs} ms`);
    return (
      `at most ${visitors.mostConnections()} connections for ${visitors.refused()} refused notes, ` +
      `a query ${(waitedMs / 1000).toFixed(1)} s after the outage`
    );
  } finally {
    await visitors.leave();
  }
}

async function statusOf(url) {
  return await (await fetch(`${url}api/status`)).json();
}

function startVisitors(url, form, port) {
  const visits = new Set();
  const failures = [];
  let [refused, mostConnections] = [0, 0];
  const visit = async () => {
    await (await fetch(url)).text();
    const body = new FormData();
    for (const [name, value] of [...form, ['text', 'Written in an outage.']]) {
      body.append(name, value);
    }
    const answer = await (await fetch(url, { method: 'POST', body })).text();
    if (answer.includes('ERR_LAKEBASE_')) refused += 1;
    mostConnections = Math.max(mostConnections, connectionsTo(port));
  };
  const timer = setInterval(() => {
    const visiting = visit()
      .catch((error) => failures.push(error))
      .finally(() => visits.delete(visiting));
    visits.add(visiting);
  }, 1000 / VISITORS_A_SECOND);
  return {
    failures,
    refused: () => refused,
    mostConnections: () => mostConnections,
    async leave() {
      clearInterval(timer);
      await Promise.all(visits);
    },
  };
}

/**
 * How many connections to a port of this machine are open, as Linux tells; one is the check's own.
 * Postgres would count those as well that the app has just closed.
 */
function connectionsTo(port) {
  const [, ...rows] = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n');
  const isOpen = (row) => {
    const [, , remote, state] = row.trim().split(/\s+/);
    return Number.parseInt(remote.split(':')[1], 16) === port && OPEN.includes(state);
  };
  return rows.filter(isOpen).length - 1;
}

// TCP_ESTABLISHED and TCP_CLOSE_WAIT: https://docs.kernel.org/networking/proc_net_tcp.html
const OPEN = ['01', '08'];
// Each sends two requests.
const VISITORS_A_SECOND = 6;
const MANY = 60;
/** More than the longest pause after failed requests, and a login. */
const LONGEST_WAIT_MS = 40_000;
