// lakebase-token/otel with the SDKs of OpenTelemetry, in apps of their own: what they export of a token that is
// obtained, renewed in vain, refused, and not to be had.
//
//   npm run check --prefix e2e/telemetry [-- [--only TEXT] TARBALL...]        non-zero if it fails
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { runChecks } from '../../support/checks.mjs';
import { bareEnvironment } from '../../support/environment.mjs';
import { run, runWell } from '../../support/processes.mjs';
import { installedApp } from '../../support/tarballs.mjs';

/** `SpanKind` and `SpanStatusCode` of @opentelemetry/api. */
const INTERNAL = 0;
const CLIENT = 2;
const UNSET = 0;
const ERROR = 2;

await runChecks((await Promise.all(['node-sdk', 'vercel'].map(checksOf))).flat());

async function checksOf(sdk) {
  const parts = ['app', sdk].map((part) => path.join(import.meta.dirname, part));
  const folder = await installedApp(parts);
  const inModules = (file) => path.join(folder, 'node_modules', file);
  const node = [inModules('node/bin/node'), process.execPath].find((file) => existsSync(file));
  const settings = { cwd: folder, env: bareEnvironment() };
  return [
    {
      name: `${sdk}: what is exported`,
      run: async () => isRight(JSON.parse(await runWell(node, ['scenario.mjs'], settings))),
    },
    {
      name: `${sdk}: its types`,
      async run() {
        const { stdout } = await run(node, [inModules('typescript/bin/tsc')], settings);
        assert.equal(stdout, '');
      },
    },
  ];
}

function isRight({ spans, metrics, secrets }) {
  const all = JSON.stringify({ spans, metrics });
  for (const secret of secrets) assert.ok(!all.includes(secret), 'no secret is exported');
  areSpansRight(spans);
  areMetricsRight(metrics);
}

function areSpansRight(spans) {
  const named = (name) => spans.filter((span) => span.name === name);
  const [first, renewing, refused] = ['/first', '/renewing', '/refused'].map(
    (name) => named(`GET ${name}`)[0].spanId,
  );
  const told = named('lakebase-token fetch').map(
    ({ kind, parent, status, attributes, events }) => ({
      kind,
      parent,
      status: status.code,
      why: attributes['lakebase.token.fetch.reason'],
      outcome: attributes['lakebase.token.fetch.outcome'],
      error: attributes['error.type'],
      httpStatus: attributes['http.response.status_code'],
      resent: attributes['http.request.resend_count'],
      events: events.map((event) => [event.name, event.attributes['error.type']]),
    }),
  );
  const kind = CLIENT;
  const error = 'ERR_LAKEBASE_FORBIDDEN';
  const events = [['attempt failed', error]];
  assert.deepEqual(told.map(definedOnly), [
    {
      ...{ kind, parent: first, status: UNSET, why: 'first', outcome: 'obtained', resent: 1 },
      events: [['attempt failed', 'ERR_LAKEBASE_UNAVAILABLE']],
    },
    { kind, status: ERROR, why: 'renewal', outcome: 'kept', error, httpStatus: 403, events },
    {
      ...{ kind, parent: refused, status: ERROR, why: 'rejected', outcome: 'failed', error },
      ...{ httpStatus: 403, events },
    },
  ]);
  const waits = named('lakebase-token wait').map(({ kind, parent, status, attributes }) => ({
    ...{ kind, parent, status: status.code, outcome: attributes['lakebase.token.wait.outcome'] },
  }));
  assert.deepEqual(waits, [
    { kind: INTERNAL, parent: first, status: UNSET, outcome: 'token' },
    { kind: INTERNAL, parent: refused, status: ERROR, outcome: 'failed' },
  ]);
  assert.ok(!spans.some(({ parent }) => parent === renewing), 'nobody waits for a renewal');
  for (const { attributes, lasted } of named('lakebase-token fetch')) {
    assert.equal(attributes['server.address'], '127.0.0.1');
    assert.match(attributes['lakebase.endpoint'], /^projects\//);
    assert.equal(attributes['lakebase.token.identity'], 'client-credentials');
    assert.ok(lasted >= 0 && lasted < 60, `it lasted ${lasted} s`);
  }
}

function areMetricsRight(metrics) {
  const points = (name) => metrics.filter((metric) => metric.name === name);
  const fetches = points('lakebase.token.fetch.duration').map(({ attributes, unit, value }) => [
    ...[unit, value.count, attributes['lakebase.token.fetch.outcome'], attributes['error.type']],
  ]);
  assert.deepEqual(fetches, [
    ['s', 1, 'obtained', undefined],
    ['s', 1, 'kept', 'ERR_LAKEBASE_FORBIDDEN'],
    ['s', 1, 'failed', 'ERR_LAKEBASE_FORBIDDEN'],
  ]);
  for (const { value } of points('lakebase.token.fetch.duration')) {
    assert.ok(value.sum >= 0 && value.sum < 60, `it took ${value.sum} s`);
  }
  const waits = points('lakebase.token.wait.duration').map(({ attributes, value }) => [
    ...[value.count, attributes['lakebase.token.wait.outcome'], attributes['error.type']],
  ]);
  assert.deepEqual(waits, [
    [1, 'token', undefined],
    [1, 'failed', 'ERR_LAKEBASE_FORBIDDEN'],
  ]);
  const [left] = points('lakebase.token.time_to_expiry');
  assert.deepEqual([left.unit, left.value], ['s', 0]);
  assert.equal(left.attributes['lakebase.token.identity'], 'client-credentials');
  const [rejections] = points('lakebase.token.rejections');
  assert.deepEqual([rejections.unit, rejections.value], ['{rejection}', 1]);
}

function definedOnly(told) {
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
}
