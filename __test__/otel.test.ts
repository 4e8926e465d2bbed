import { getLakebasePostgresToken, invalidateLakebasePostgresToken } from 'lakebase-token';
import {
  type Attributes,
  LakebaseTokenInstrumentation,
  type MeterProvider,
  type TracerProvider,
} from 'lakebase-token/otel';
import { expect, onTestFinished, test, vi } from 'vitest';
import manifest from '../package.json';
import { startWorkspace } from './support/workspace';

// What OpenTelemetry's own SDKs export of it is checked in e2e/telemetry.

/** An instrumentation, and what it makes of what it hears. */
function instrumented(config?: { enabled?: boolean | undefined }) {
  const instrumentation = new LakebaseTokenInstrumentation(config);
  onTestFinished(() => instrumentation.disable());
  const [spans, ended]: [string[], string[]] = [[], []];
  const tracer = {
    startSpan(name: string) {
      spans.push(name);
      const ignored = () => {};
      const end = () => void ended.push(name);
      return { setAttributes: ignored, setStatus: ignored, addEvent: ignored, end };
    },
  };
  instrumentation.setTracerProvider({ getTracer: () => tracer } satisfies TracerProvider);
  return { instrumentation, spans, ended };
}

/** A provider of meters whose gauge is read by `read`. */
function meters() {
  type Callback = Parameters<
    ReturnType<ReturnType<MeterProvider['getMeter']>['createObservableGauge']>['addCallback']
  >[0];
  const callbacks = new Set<Callback>();
  const meter: ReturnType<MeterProvider['getMeter']> = {
    createHistogram: () => ({ record: () => {} }),
    createCounter: () => ({ add: () => {} }),
    createObservableGauge: () => ({
      addCallback: (callback) => callbacks.add(callback),
      removeCallback: (callback) => callbacks.delete(callback),
    }),
  };
  const read = () => {
    const seen: { value: number; attributes: Attributes | undefined }[] = [];
    for (const callback of callbacks) {
      callback({ observe: (value, attributes) => seen.push({ value, attributes }) });
    }
    return seen;
  };
  return { provider: { getMeter: () => meter } satisfies MeterProvider, read };
}

test('it is named as the package, and is enabled unless that is said otherwise', () => {
  const { name, version } = manifest;
  const { instrumentation } = instrumented();
  expect(instrumentation).toMatchObject({
    instrumentationName: name,
    instrumentationVersion: version,
  });
  expect(instrumentation.getConfig()).toEqual({ enabled: true });
  const { instrumentation: disabled } = instrumented({ enabled: false });
  expect(disabled.getConfig()).toEqual({ enabled: false });
  expect(instrumented({ enabled: undefined }).instrumentation.getConfig()).toEqual({
    enabled: true,
  });
  disabled.setConfig({});
  expect(disabled.getConfig()).toEqual({ enabled: true });
});

test('it hears nothing while it is disabled, and everything once when it is enabled twice', async () => {
  await startWorkspace();
  const { instrumentation, spans } = instrumented({ enabled: false });
  const token = await getLakebasePostgresToken();
  expect(spans).toEqual([]);
  instrumentation.enable();
  instrumentation.enable();
  invalidateLakebasePostgresToken(token);
  const next = await getLakebasePostgresToken();
  expect(spans).toEqual(['lakebase-token fetch', 'lakebase-token wait']);
  instrumentation.disable();
  instrumentation.disable();
  invalidateLakebasePostgresToken(next);
  await getLakebasePostgresToken();
  expect(spans).toHaveLength(2);
});

test('what is under way when it is disabled has ended for it', async () => {
  await startWorkspace();
  const { instrumentation, spans, ended } = instrumented();
  const pending = getLakebasePostgresToken();
  instrumentation.disable();
  expect([spans, ended]).toEqual([
    ['lakebase-token fetch', 'lakebase-token wait'],
    ['lakebase-token fetch', 'lakebase-token wait'],
  ]);
  await pending;
  expect(ended).toHaveLength(2);
});

test('without providers, and disabled in the middle, it takes nothing from anybody', async () => {
  await startWorkspace();
  const instrumentation = new LakebaseTokenInstrumentation();
  const pending = getLakebasePostgresToken();
  instrumentation.disable();
  expect(await pending).toEqual(expect.any(String));
  instrumentation.enable();
  onTestFinished(() => instrumentation.disable());
  invalidateLakebasePostgresToken(await pending);
  expect(await getLakebasePostgresToken()).toEqual(expect.any(String));
});

test('the gauge tells how long the token lives on, of the latest provider of meters alone', async () => {
  const workspace = await startWorkspace({ lifetimeMs: { postgresToken: 4_000 } });
  const { instrumentation } = instrumented();
  const [before, meter] = [meters(), meters()];
  instrumentation.setMeterProvider(before.provider);
  instrumentation.setMeterProvider(meter.provider);
  expect(meter.read()).toEqual([]);
  const token = await getLakebasePostgresToken();
  const attributes = {
    'server.address': '127.0.0.1',
    'lakebase.endpoint': workspace.env.LAKEBASE_ENDPOINT,
    'lakebase.token.identity': 'client-credentials',
  };
  expect(before.read()).toEqual([]);
  const [read] = meter.read();
  expect(read?.attributes).toEqual(attributes);
  expect(read?.value).toBeGreaterThan(0);
  expect(read?.value).toBeLessThanOrEqual(4);
  workspace.answer('postgresToken', { status: 403, body: {}, times: Infinity });
  invalidateLakebasePostgresToken(token);
  expect(meter.read()).toEqual([{ attributes, value: 0 }]);
  await getLakebasePostgresToken().catch(() => {});
  expect(meter.read()).toEqual([{ attributes, value: 0 }]);
  instrumentation.disable();
  expect(meter.read()).toEqual([]);
});

test('what is wrong with variables is no endpoint of the gauge', async () => {
  await startWorkspace();
  vi.stubEnv('LAKEBASE_ENDPOINT', '');
  const { instrumentation, spans } = instrumented();
  const meter = meters();
  instrumentation.setMeterProvider(meter.provider);
  await expect(getLakebasePostgresToken()).rejects.toThrow();
  expect(spans).toEqual(['lakebase-token fetch', 'lakebase-token wait']);
  expect(meter.read()).toEqual([]);
});
