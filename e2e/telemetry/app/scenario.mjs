// Has a token obtained, renewed in vain, refused, and not be had; prints what OpenTelemetry exports of that.
import {
  getLakebasePostgresToken,
  getLakebaseTokenStatus,
  invalidateLakebasePostgresToken,
} from 'lakebase-token';
import { LakebaseTokenInstrumentation } from 'lakebase-token/otel';
import { startWorkspaceEmulator } from 'lakebase-token/testing';
import { register } from './register.mjs';

const { tracer, told, end } = register(new LakebaseTokenInstrumentation());
const lifetimeMs = { postgresToken: 4_000 };
const workspace = await startWorkspaceEmulator({ lifetimeMs });
Object.assign(process.env, workspace.env);

workspace.answer('postgresToken', 'unavailable');
await request('GET /first', () => getLakebasePostgresToken());

await renewsIn(getLakebaseTokenStatus().token);
workspace.answer('postgresToken', 'permissionDenied');
await request('GET /renewing', () => getLakebasePostgresToken());
await until(() => !getLakebaseTokenStatus().isFetching);

workspace.answer('postgresToken', { status: 403, body: {}, times: Infinity });
invalidateLakebasePostgresToken(await getLakebasePostgresToken());
await request('GET /refused', () => getLakebasePostgresToken().catch(() => {}));

const { spans, metrics } = await told();
console.log(
  JSON.stringify({
    secrets: [
      ...workspace.issuedTokens.map(({ token }) => token),
      process.env.DATABRICKS_CLIENT_SECRET,
      process.env.DATABRICKS_CLIENT_ID,
    ],
    spans: spans.map(shownSpan),
    metrics: metrics.flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(shownMetrics),
  }),
);
await workspace.close();
await end();

function request(name, handle) {
  return tracer.startActiveSpan(name, async (span) => {
    await handle();
    span.end();
  });
}

function shownSpan(span) {
  const { name, kind, status, attributes, events } = span;
  const { spanId } = span.spanContext();
  const parent = span.parentSpanContext?.spanId;
  const lasted = span.endTime[0] - span.startTime[0] + (span.endTime[1] - span.startTime[1]) / 1e9;
  return { name, kind, status, attributes, events, spanId, parent, lasted };
}

function shownMetrics({ scope, metrics }) {
  if (scope.name !== 'lakebase-token') return [];
  return metrics.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => ({ name, unit, attributes, value })),
  );
}

function renewsIn({ renewsAt }) {
  return new Promise((resolve) => setTimeout(resolve, renewsAt - Date.now() + 5));
}

async function until(holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
  // What has happened is told in the next turn of the event loop.
  await new Promise(setImmediate);
}
